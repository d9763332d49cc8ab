// An operator sets up a second factor with what the page shows, logs in by it, and by a recovery code when the phone is
// away; and ends a session that is not theirs.
import { beginSecondFactor, codeOf } from "../helpers/codes.ts";
import { enter, expectAccessible, expectNoSidewaysScroll, login, register } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

const main = (page: Page) => page.getByRole("main");

async function look(page: Page): Promise<void> {
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
}

test("an operator's login asks for a code of the minute, once each, or a recovery code", { tag: "@phone" }, async ({ page, shop, newVisitor, javaScriptEnabled }) => {
  const scripts = javaScriptEnabled !== false;
  await login(page, shop.operator);
  const secret = await beginSecondFactor(page);
  if (scripts) await look(page);
  await page.getByLabel("인증 코드").fill("000000");
  await page.getByRole("button", { name: "확인", exact: true }).click();
  await expect(main(page)).toContainText("맞지 않거나 이미 쓴 코드입니다");
  await page.getByLabel("인증 코드").fill(codeOf(secret));
  await page.getByRole("button", { name: "확인", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("2단계 인증을 켰습니다");
  const codes = await page.locator(".recovery-codes li").allTextContents();
  expect(codes).toHaveLength(10);
  if (scripts) await look(page);
  await page.reload();
  await expect(page.locator(".recovery-codes")).toHaveCount(0);

  const there = await newVisitor();
  await there.goto("/login?next=%2Fadmin");
  await enter(there, shop.operator);
  await expect(there).toHaveURL("/login/code?next=%2Fadmin");
  await there.goto("/admin");
  await expect(there).toHaveURL(/\/login\?/);
  await there.goto("/login/code?next=%2Fadmin");
  if (scripts) await look(there);
  await there.getByLabel("인증 코드").fill(codeOf(secret, 1));
  await there.getByRole("button", { name: "로그인" }).click();
  await expect(there).toHaveURL("/admin");

  const lost = await newVisitor();
  await lost.goto("/login?next=%2Fadmin");
  await enter(lost, shop.operator);
  await lost.getByLabel("인증 코드").fill(codes[0] ?? "");
  await lost.getByRole("button", { name: "로그인" }).click();
  await expect(lost).toHaveURL("/admin");

  await lost.goto("/account/second-factor");
  await lost.getByLabel("인증 코드").fill(codes[1] ?? "");
  await lost.getByRole("button", { name: "복구 코드 새로 받기" }).click();
  await expect(lost.getByRole("status")).toContainText("복구 코드를 새로 받았습니다");
  const fresh = await lost.locator(".recovery-codes li").allTextContents();
  expect(fresh).toHaveLength(10);
  expect(fresh).not.toContain(codes[2]);
  if (scripts) await look(lost);

  await shop.damda("admin", "second-factor", "reset", shop.operator.email);
  await expect(async () => {
    await lost.goto("/admin");
    await expect(lost).toHaveURL(/\/login/, { timeout: 500 });
  }).toPass({ timeout: 5_000 });
  await enter(lost, shop.operator);
  await expect(lost).toHaveURL("/admin");
});

test("somebody sees where they are logged in and ends what they do not know", { tag: "@phone" }, async ({ page, newVisitor, javaScriptEnabled }) => {
  const person = await register(page);
  const there = await newVisitor();
  await login(there, person);
  await page.goto("/account");
  const rows = main(page).getByRole("listitem").filter({ hasText: "Chrome" });
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "이 브라우저" })).toHaveCount(1);
  if (javaScriptEnabled !== false) await look(page);
  await page.getByRole("button", { name: /세션 끝내기/ }).click();
  await expect(page.getByRole("status")).toContainText("로그아웃했습니다");
  await there.goto("/wallet");
  await expect(there).toHaveURL(/\/login/);
  await page.goto("/wallet");
  await expect(page).toHaveURL("/wallet");
});
