// Somebody asks where their money went: the console finds them by their address and answers on one page; an operator
// mends it, and a second one approves what is too much for one. Then somebody is kept out, and let in again.
import { balanceOf, chargeMember, expectAccessible, expectNoSidewaysScroll, login, member, type Member, productNamed, register } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import { type APIRequestContext } from "@playwright/test";
import { randomUUID } from "node:crypto";

const main = (page: Page) => page.getByRole("main");

async function buyer(request: APIRequestContext): Promise<{ who: Member; order: string; paid: number }> {
  const who = await member(request);
  await chargeMember(request, who, 50_000);
  const goods = await productNamed(request, "밤 버스");
  const answer = await request.post("/api/v1/orders", {
    data: { items: [{ product_id: goods.id, quantity: 1 }] },
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return { who, order: ((await answer.json()) as { id: string }).id, paid: goods.price };
}

async function look(page: Page): Promise<void> {
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
}

/** Opens the page of a customer as an operator finds it. */
async function find(page: Page, who: Member): Promise<void> {
  await page.goto("/admin/customers");
  await page.getByLabel("이메일 앞부분").fill(who.email.slice(0, 20).toUpperCase());
  await page.getByRole("button", { name: "찾기", exact: true }).click();
  const row = main(page).getByRole("listitem").filter({ hasText: who.email });
  await row.getByRole("link").click();
  await expect(main(page)).toContainText(who.email);
}

async function adjust(page: Page, way: string, amount: number, reason: string): Promise<void> {
  await page.getByLabel("방향").selectOption({ label: way });
  await page.getByLabel("금액(원)").fill(String(amount));
  await page.locator("#reason").fill(reason);
  await page.getByRole("button", { name: "조정하기" }).click();
}

test("one page says where the money went, and two operators mend more than one may", { tag: "@phone" }, async ({ page, request, shop, newVisitor, javaScriptEnabled }) => {
  const { who, order, paid } = await buyer(request);
  await login(page, shop.operator);
  await find(page, who);
  await expect(main(page).getByRole("listitem").filter({ hasText: "고객이 충전" })).toContainText("+₩50,000");
  const payment = main(page).getByRole("listitem").filter({ has: page.locator(`a[href="/admin/orders/${order}"]`) });
  await expect(payment).toContainText(`-₩${paid.toLocaleString("en-US")}`);
  if (javaScriptEnabled !== false) await look(page);

  await adjust(page, "더하기", 3_000, "늦은 도착에 대한 보상");
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  expect(await balanceOf(request, who)).toBe(50_000 - paid + 3_000);
  await expect(main(page).getByRole("listitem").filter({ hasText: "늦은 도착에 대한 보상" }).first()).toBeVisible();

  await adjust(page, "더하기", 200_000, "회사 계정 이전");
  await expect(page.getByRole("status")).toContainText("승인을 기다립니다");
  expect(await balanceOf(request, who)).toBe(50_000 - paid + 3_000);
  await expect(page.getByRole("button", { name: "승인", exact: true })).toHaveCount(0);

  const second = await newVisitor();
  const person = await register(second);
  await page.goto("/admin/operators");
  await page.getByLabel("이메일").fill(person.email);
  await page.getByLabel("역할", { exact: true }).selectOption("manager");
  await page.getByRole("button", { name: "운영자로 정하기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  await login(second, person);
  await second.goto("/admin/customers");
  await second.getByRole("link", { name: "승인을 기다리는 조정" }).click();
  if (javaScriptEnabled !== false) await look(second);
  await second.getByRole("button", { name: "승인", exact: true }).click();
  await expect(second.getByRole("status")).toContainText("처리했습니다");
  expect(await balanceOf(request, who)).toBe(50_000 - paid + 203_000);

  const theirs = await newVisitor();
  await login(theirs, who);
  await theirs.goto("/wallet");
  await expect(theirs.getByRole("listitem").filter({ hasText: "+₩200,000" })).toBeVisible();
  await expect(main(theirs)).not.toContainText("회사 계정 이전");
  await shop.verify();
});

test("an account is kept out on every device within seconds and let in again, with the reason in the log", async ({ page, request, shop, newVisitor }) => {
  const { who } = await buyer(request);
  const theirs = await newVisitor();
  await login(theirs, who);
  await login(page, shop.operator);
  await find(page, who);
  await page.locator("#why").fill("도난 신고");
  await page.getByRole("button", { name: "계정 정지" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  await expect(main(page)).toContainText("도난 신고");
  await expect(async () => {
    await theirs.goto("/wallet");
    await expect(theirs).toHaveURL(/\/login/, { timeout: 500 });
  }).toPass({ timeout: 5_000 });
  await page.locator("#why").fill("본인 확인");
  await page.getByRole("button", { name: "정지 풀기" }).click();
  await expect(page.getByRole("button", { name: "계정 정지" })).toBeVisible();
  await login(theirs, who);
});

test("an adjustment that cannot be says why and keeps what was typed", async ({ page, request, shop }) => {
  const { who, paid } = await buyer(request);
  await login(page, shop.operator);
  await find(page, who);
  await adjust(page, "빼기", 90_000, "회수");
  await expect(page.getByRole("alert")).toContainText(`지갑에 ₩${(50_000 - paid).toLocaleString("en-US")}밖에 없습니다`);
  await expect(page.getByLabel("금액(원)")).toHaveValue("90000");
  await expect(page.locator("#reason")).toHaveValue("회수");
  await expect(page.getByLabel("방향")).toHaveValue("down");
  await adjust(page, "빼기", 1_000, "회수");
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  expect(await balanceOf(request, who)).toBe(50_000 - paid - 1_000);
});
