// A fault of ours strikes an order after it was paid: the page says at every moment what is so, and money, coupon and
// stock come back by themselves. The fault is one of shop/src/failpoints.rs, which only builds of tests have; the
// minute until everything is undone is let pass in the database.
import { randomUUID } from "node:crypto";

import { judge } from "../helpers/dress.ts";
import { addToCart, balanceOf, login, type Member, member, ordersOf, pay, payButton, productNamed, shopperWith, sum } from "../helpers/people.ts";
import { letTheMinutePass } from "../helpers/stopped.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { FAILPOINTS: "confirm.begin=return(error)", ORDER_LIMIT: "off", CLAIM_LIMIT: "off", RECOVERY_EVERY: "1s" } });

function bearer(who: Member): Record<string, string> {
  return { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() };
}

const main = (page: Page) => page.getByRole("main");
const title = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

/** The steps of an order and how each stands, from the first. */
function steps(page: Page): Promise<string[]> {
  const texts = main(page).locator(".timeline-step");
  return texts.evaluateAll((steps) => steps.map((step) => `${step.getAttribute("data-step")}: ${step.querySelector(".timeline-what")!.textContent}`));
}

async function claimWelcome(page: Page, who: Member): Promise<void> {
  const answer = await page.request.post("/api/v1/coupons/WELCOME10/claims", { headers: bearer(who) });
  expect(answer.status(), await answer.text()).toBe(201);
}

test("an order that a fault stopped says so, and gives everything back by itself", { tag: "@phone" }, async ({ page, request, shop }) => {
  test.setTimeout(120_000);
  const who = await shopperWith(page, 50_000);
  await claimWelcome(page, who);
  const before = (await productNamed(request, "밤 버스")).available_stock;
  await addToCart(page, "밤 버스", 2);
  await page.goto("/checkout?coupon=WELCOME10");
  await pay(page);

  await expect(title(page, "주문을 마치지 못했습니다")).toBeVisible();
  await expect(main(page).getByRole("status")).toContainText(/\d\d:\d\d.\(KST\).?쯤 ₩17,820과 쓴 쿠폰이 자동으로 돌아옵니다\. 따로 하실 일은 없습니다\./);
  expect(await steps(page)).toEqual([
    "done: 주문을 받았습니다",
    "done: 지갑에서 ₩17,820 결제했습니다",
    "failed: 주문을 마치지 못했습니다",
    "now: 되돌리기를 기다립니다",
  ]);
  await expect(sum(page, "되돌릴 금액")).toHaveText("₩17,820");
  await expect(main(page).getByRole("link", { name: "영수증 보기" })).toHaveCount(0);
  const order = new URL(page.url()).pathname;
  expect(await balanceOf(request, who)).toBe(32_180);
  expect((await productNamed(request, "밤 버스")).available_stock).toBe(before - 2);
  const coupons = await page.context().newPage();
  await coupons.goto("/coupons");
  const mine = coupons.locator("section#mine").getByRole("listitem");
  await expect(mine).toContainText("주문에서 쓰는 중");
  await expect(mine).toContainText("주문이 끝나면 쓴 쿠폰이 되고, 멈추면 돌아옵니다.");
  await expect(mine.getByRole("link")).toHaveAttribute("href", order);

  await page.bringToFront();
  await letTheMinutePass(shop);
  // Nobody presses anything: the page looks again by itself, with JavaScript and without.
  await expect(title(page, "주문이 취소되고 모두 되돌렸습니다")).toBeVisible({ timeout: 60_000 });
  await expect(main(page)).toContainText("₩17,820을 돌려 드렸습니다");
  await expect(main(page)).toContainText("쓴 쿠폰도 돌려 드렸고, 잡아 둔 재고도 풀었습니다.");
  expect(await steps(page)).toEqual([
    "done: 주문을 받았습니다",
    "done: 지갑에서 ₩17,820 결제했습니다",
    "failed: 주문을 마치지 못했습니다",
    "done: 모두 되돌렸습니다",
  ]);
  await expect(main(page)).toContainText("잔액 +₩17,820 · 쿠폰 WELCOME10 · 재고");
  await expect(sum(page, "돌려 드린 금액")).toHaveText("₩17,820");
  expect(await balanceOf(request, who)).toBe(50_000);
  expect((await productNamed(request, "밤 버스")).available_stock).toBe(before);
  await coupons.reload();
  await expect(mine).toContainText("쓸 수 있음");
  await coupons.goto("/wallet");
  await expect(main(coupons).getByRole("listitem").filter({ hasText: "주문이 멈춰 되돌림" })).toContainText("+₩17,820");
  await coupons.goto("/orders");
  await expect(main(coupons).getByRole("listitem").filter({ hasText: "밤 버스" })).toContainText("되돌림");

  // And the same can be bought again, as another order.
  await main(page).getByRole("link", { name: "다시 주문하기" }).click();
  await expect(title(page, "주문 확인")).toBeVisible();
  await expect(payButton(page)).toBeEnabled();
});

test("whoever sends the same order again is led to what became of the first", { tag: "@nojs" }, async ({ page, request, shop }) => {
  const who = await member(request);
  const charge = await request.post("/api/v1/wallet/charges", { data: { amount: 50_000 }, headers: bearer(who) });
  expect(charge.status()).toBe(201);
  const { id: product } = await productNamed(request, "밤 버스");
  const asked = { data: { items: [{ product_id: product, quantity: 1 }] }, headers: bearer(who) };
  const order = () => request.post("/api/v1/orders", asked);
  const first = await order();
  const body = (await first.json()) as { id: string; status: string; paid_at: string | null; finished_at: string | null };
  expect(first.status()).toBe(202);
  expect(first.headers()["location"]).toBe(`/api/v1/orders/${body.id}`);
  expect(body).toMatchObject({ status: "PENDING", final_amount: 9_900, finished_at: null });
  expect(body.paid_at).not.toBeNull();
  const again = await order();
  expect([again.status(), ((await again.json()) as { id: string }).id]).toEqual([202, body.id]);

  await letTheMinutePass(shop);
  await expect.poll(async () => (await ordersOf(request, who)).map(({ status }) => status), { timeout: 20_000 }).toEqual(["FAILED"]);
  const over = await order();
  expect([over.status(), await over.json()]).toMatchObject([409, { code: "order_failed", order_id: body.id }]);
  expect(await balanceOf(request, who)).toBe(50_000);
  await login(page, who);
  await page.goto(`/orders/${body.id}`);
  await expect(title(page, "주문이 취소되고 모두 되돌렸습니다")).toBeVisible();
});

for (const lang of ["ko", "en"] as const) {
  test(`what became of it is told to everybody (${lang})`, { tag: "@js" }, async ({ page, shop }) => {
    test.setTimeout(120_000);
    const who = await shopperWith(page, 50_000);
    await claimWelcome(page, who);
    const { id: product } = await productNamed(page.request, "밤 버스");
    const placed = await page.request.post("/api/v1/orders", { data: { items: [{ product_id: product, quantity: 1 }], coupon_code: "WELCOME10" }, headers: bearer(who) });
    const { id } = (await placed.json()) as { id: string };
    await page.context().addCookies([{ name: "lang", value: lang, url: shop.url }]);
    await page.goto(`/orders/${id}`);
    await expect(main(page)).toContainText(lang === "ko" ? "₩8,910과 쓴 쿠폰이 자동으로 돌아옵니다" : "₩8,910 and your coupon come back automatically");
    await judge(page, lang);
    await letTheMinutePass(shop);
    await expect(title(page, lang === "ko" ? "주문이 취소되고 모두 되돌렸습니다" : "Your order was cancelled and fully undone")).toBeVisible({ timeout: 60_000 });
    await expect(main(page)).toContainText(lang === "ko" ? "₩8,910을 돌려 드렸습니다" : "₩8,910 was given back");
    await judge(page, lang);
  });
}
