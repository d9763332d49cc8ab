// Coupons: which can be claimed, which cannot, and which apply.
import { randomUUID } from "node:crypto";

import type { APIRequestContext, Locator } from "@playwright/test";

import { buyNow, login, type Member, member, pay, payButton, said, shopperWith, sum } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { CLAIM_LIMIT: "off", ORDER_LIMIT: "off" } });

function ticket(page: Page, name: string): Locator {
  return page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
}

async function claim(request: APIRequestContext, who: Member, code: string): Promise<void> {
  const answer = await request.post(`/api/v1/coupons/${code}/claims`, {
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
}

test("a stranger sees the coupons and logs in to claim", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/coupons");
  const welcome = ticket(page, "반가워요 10% 할인");
  await expect(welcome.getByRole("button")).toHaveCount(0);
  await welcome.getByRole("link", { name: "로그인하고 받기" }).click();
  await expect(page).toHaveURL("/login?next=%2Fcoupons");
});

test("a coupon to come and one that is over have no button that claims", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  const upcoming = ticket(page, "밤하늘 20% 할인");
  await expect(upcoming).toContainText("곧 열림");
  await expect(upcoming.getByRole("button", { name: /부터$/ })).toBeDisabled();
  await expect(upcoming.getByRole("button")).toHaveCount(1);
  const finished = ticket(page, "가을맞이 15% 할인");
  await expect(finished).toContainText("끝남");
  await expect(finished.getByRole("button")).toHaveCount(0);
  await expect(finished.getByRole("link")).toHaveCount(0);
});

test("a claimed coupon is mine, and cannot be claimed again", async ({ page, context }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  const other = await context.newPage();
  await other.goto("/coupons");

  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(page, "status")).toContainText("‘반가워요 10% 할인’ 쿠폰을 주문할 때 고를 수 있습니다.");
  const mine = page.getByRole("region", { name: "내 쿠폰" }).or(page.locator("section#mine")).getByRole("listitem");
  await expect(mine).toHaveCount(1);
  await expect(mine).toContainText("쓸 수 있음");
  await expect(ticket(page, "반가워요 10% 할인")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" })).toHaveCount(0);

  // The other tab still shows the button.
  await other.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(other, "alert")).toContainText("이미 받은 쿠폰입니다.");
  await other.reload();
  await expect(ticket(other, "반가워요 10% 할인")).toHaveCount(1);
  await page.goto("/");
  await expect(page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" })).toHaveCount(0);
});

test("a coupon claimed by a forged form is refused with the reason", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  for (const [code, says] of [
    ["NIGHT20", "아직 시작하지 않은 쿠폰입니다."],
    ["AUTUMN15", "기한이 지난 쿠폰입니다."],
    ["NO-SUCH-COUPON", /없는 쿠폰입니다|보낸 내용을 읽지 못했습니다/],
    ["", /쿠폰 코드|보낸 내용을 읽지 못했습니다/],
    ["'; DROP TABLE coupons; --", /쿠폰 코드|보낸 내용을 읽지 못했습니다/],
  ] as const) {
    const answer = await page.request.post("/fn/claim_coupon", { form: { code }, maxRedirects: 0 });
    expect(answer.status(), code).toBe(303);
    await page.goto("/coupons");
    await expect(said(page, "alert"), code).toContainText(says);
  }
});

test("three people get the coupon of three, and the fourth is told", { tag: "@js" }, async ({ page, request }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  await expect(ticket(page, "선착순 세 분, 반값")).toContainText("3장 중 3장 남음");
  for (let turn = 0; turn < 3; turn += 1) await claim(request, await member(request), "FIRST50");

  await page.getByRole("button", { name: "선착순 세 분, 반값 쿠폰 받기" }).click();
  await expect(said(page, "alert")).toContainText("쿠폰이 모두 나갔습니다.");
  const gone = ticket(page, "선착순 세 분, 반값");
  await expect(gone).toContainText("모두 나감");
  await expect(gone.getByRole("button")).toHaveCount(0);
});

test("a coupon below its minimum says why, and applies above it", async ({ page, request }) => {
  const who = await member(request);
  await claim(request, who, "THANKS3000");
  await login(page, who);
  await buyNow(page, "새벽 시장");
  const choice = page.getByRole("radio", { name: "감사 쿠폰 3,000원" });
  await expect(choice).toBeDisabled();
  await expect(page.getByRole("main")).toContainText("₩15,000 이상 주문에 쓸 수 있습니다. ₩10,100어치 더 담으면 됩니다.");

  await page.goto(`${page.url()}&coupon=THANKS3000`);
  await expect(page.getByRole("main")).toContainText("아직 결제할 수 없습니다");
  await expect(payButton(page)).toBeDisabled();

  await buyNow(page, "느린 아침의 기록", 2);
  await page.getByRole("radio", { name: "감사 쿠폰 3,000원" }).check();
  await page.getByRole("button", { name: "쿠폰 적용" }).click();
  await expect(sum(page, "할인")).toHaveText("-₩3,000");
  await expect(sum(page, "결제할 금액")).toHaveText("₩16,600");
});

test("a coupon nobody claimed, or that does not exist, is refused at the checkout with the reason", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "느린 아침의 기록");
  const checkout = page.url();
  for (const [code, says] of [
    ["WELCOME10", "먼저 받아야 쓸 수 있는 쿠폰입니다."],
    ["NO-SUCH-COUPON", /없는 쿠폰입니다/],
    ["!", "쿠폰 코드는 영문, 숫자, -, _ 3자에서 40자까지입니다."],
  ] as const) {
    await page.goto(`${checkout}&coupon=${code}`);
    await expect(page.getByRole("main"), code).toContainText(says);
    await expect(payButton(page), code).toBeDisabled();
  }
});

test("a coupon is used once", async ({ page, request, context }) => {
  const who = await shopperWith(page, 50_000);
  await claim(request, who, "WELCOME10");
  await buyNow(page, "밤 버스");
  await page.getByRole("radio", { name: "반가워요 10% 할인" }).check();
  await page.getByRole("button", { name: "쿠폰 적용" }).click();
  await expect(sum(page, "결제할 금액")).toHaveText("₩8,910");
  const other = await context.newPage();
  // Another purchase: two pieces, under a request id of its own.
  const two = page.url().replace(/(items=\d+%3A)1/, "$12").replace(/&request=[^&]+/, "");
  await other.goto(two);
  await expect(sum(other, "결제할 금액")).toHaveText("₩17,820");

  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  await pay(other);
  await expect(said(other, "alert")).toContainText("이미 쓴 쿠폰입니다.");
  await expect(said(other, "alert")).toContainText("빠져나간 돈은 없습니다.");

  await buyNow(page, "밤 버스");
  await expect(page.getByRole("radio", { name: "반가워요 10% 할인" })).toHaveCount(0);
});
