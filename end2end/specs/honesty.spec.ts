// The page says what is so: what an amount was and is, why a button is off and until when, what an order's
// refusal means and what to do about it.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { APIRequestContext } from "@playwright/test";

import { addToCart, buyNow, chargeMember, login, type Member, member, pay, payButton, productNamed, said, shopperWith, sum } from "../helpers/people.ts";
import type { Shop } from "../helpers/shop.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "1/8s", CLAIM_LIMIT: "1/8s", FAILURE_BLOCK: "8s" } });

function bearer(who: Member): Record<string, string> {
  return { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() };
}

async function importProducts(shop: Shop, ...lines: string[]): Promise<void> {
  const file = join(shop.folder, "products.csv");
  await writeFile(file, `sku,category,name,price,stock,active\n${lines.join("\n")}\n`);
  await shop.damda("product", "import", file);
}

async function order(request: APIRequestContext, who: Member, name: string, quantity = 1): Promise<{ id?: string; order_id?: string }> {
  const { id } = await productNamed(request, name);
  const answer = await request.post("/api/v1/orders", { data: { items: [{ product_id: id, quantity }] }, headers: bearer(who) });
  return (await answer.json()) as { id?: string; order_id?: string };
}

const main = (page: Page) => page.getByRole("main");

test("a changed price shows what was seen and what is now, per line and in all", async ({ page, shop }, info) => {
  const mark = info.project.name === "with JavaScript" ? "JS" : "NOJS";
  const [rising, steady] = [`오르는 책 ${mark}`, `그대로인 책 ${mark}`];
  await importProducts(shop, `RISE-${mark},ebook,${rising},9900,100,true`, `SAME-${mark},ebook,${steady},5000,100,true`);
  await shopperWith(page, 100_000);
  await addToCart(page, rising, 2);
  await addToCart(page, steady);
  await page.goto("/checkout");
  await expect(page.locator("del")).toHaveCount(0);
  await importProducts(shop, `RISE-${mark},ebook,${rising},12900,100,true`);
  await pay(page);

  const change = page.getByLabel("바뀐 금액", { exact: true });
  await expect(change).toContainText(/전에 본 금액\s*₩24,800\s*지금 금액\s*₩30,800/);
  const line = (name: string) => main(page).getByRole("listitem").filter({ hasText: name });
  await expect(line(rising)).toContainText("전에 본 가격 ₩9,900 지금 가격 ₩12,900 × 2개");
  await expect(line(rising).locator("del")).toHaveText(/₩9,900/);
  await expect(line(steady).locator("del")).toHaveCount(0);
  await expect(sum(page, "결제할 금액")).toHaveText("₩30,800");
  await expect(payButton(page)).toHaveText("바뀐 금액 ₩30,800 결제하기");
  // The refused try counted against the limit: once that has passed the new amount is paid.
  await expect(async () => {
    await page.goto("/checkout");
    await expect(payButton(page)).toHaveText("₩30,800 결제하기");
    await pay(page);
    await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
});

test("who ordered too quickly sees the button off, and it comes alive by itself", { tag: "@js" }, async ({ page, request }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "새벽 시장");
  await order(request, who, "밤 버스");
  await pay(page);
  await expect(said(page, "alert")).toContainText("잠시만 기다려 주세요");
  await expect(payButton(page)).toBeDisabled();
  await expect(payButton(page)).toHaveAccessibleDescription(/\d\d:\d\d:\d\d.\(KST\).?부터 결제할 수 있습니다/);
  await expect(main(page).getByRole("timer")).toHaveText(/^\d초 남았습니다$/);
  await expect(payButton(page)).toBeEnabled({ timeout: 20_000 });
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
});

test("without JavaScript who ordered too quickly reads until when", { tag: "@nojs" }, async ({ page, request }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "새벽 시장");
  await order(request, who, "밤 버스");
  await pay(page);
  await expect(payButton(page)).toBeDisabled();
  await expect(payButton(page)).toHaveAccessibleDescription(/\d\d:\d\d:\d\d.\(KST\).?부터 결제할 수 있습니다/);
});

test("a coupon in the way can be left out, and the purchase stays what it was", { tag: "@phone" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스", 2);
  const checkout = page.url();
  for (const code of ["WELCOME10", "NO-SUCH-COUPON", "!"]) {
    await page.goto(`${checkout}&coupon=${code}`);
    await expect(payButton(page)).toBeDisabled();
    await main(page).getByRole("link", { name: "쿠폰 없이 결제하기" }).click();
    await expect(page).toHaveURL(checkout);
    await expect(page.getByRole("button", { name: "₩19,800 결제하기" })).toBeEnabled();
  }
  await addToCart(page, "새벽 시장");
  await page.goto("/checkout?coupon=WELCOME10");
  await main(page).getByRole("link", { name: "쿠폰 없이 결제하기" }).click();
  await expect(page).toHaveURL("/checkout");
  await expect(page.getByRole("button", { name: "₩4,900 결제하기" })).toBeEnabled();
});

test("who buys one product now goes back to it, or takes what is left", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 200_000);
  const { id } = await productNamed(page.request, "손으로 이해하는 알고리즘");
  await page.goto(`/checkout?items=${id}%3A5`);
  await expect(main(page)).toContainText("남은 재고가 2개라 5개를 살 수 없습니다.");
  await expect(main(page).getByRole("link", { name: "장바구니에서 바꾸기" })).toHaveCount(0);
  await main(page).getByRole("link", { name: "남은 2개로 바꾸기" }).click();
  await expect(page.getByRole("heading", { name: "담은 상품 2개" })).toBeVisible();
  await expect(payButton(page)).toBeEnabled();

  const { id: soldOut } = await productNamed(page.request, "벽돌집체");
  await page.goto(`/checkout?items=${soldOut}%3A1`);
  await main(page).getByRole("link", { name: "상품으로 돌아가기" }).click();
  await expect(page).toHaveURL(`/products/${soldOut}`);
});

test("a refused order says why once, and what can be done", { tag: "@phone" }, async ({ page, request }) => {
  const who = await member(request);
  const { order_id: id } = await order(request, who, "너른들 고딕");
  await login(page, who);
  await page.goto(`/orders/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: "주문이 거절되었습니다" })).toBeVisible();
  expect((await main(page).innerText()).match(/모자랍니다/g)).toHaveLength(1);
  await expect(main(page).getByRole("link", { name: "홈으로" })).toHaveAttribute("href", "/");
  await main(page).getByRole("link", { name: "지갑 충전하기" }).click();
  await expect(page.getByLabel("충전할 금액")).toHaveValue("49,000");
  await page.getByRole("button", { name: "충전하기" }).click();
  await page.goto(`/orders/${id}`);
  await main(page).getByRole("link", { name: "다시 주문하기" }).click();
  await expect(page.getByRole("button", { name: "₩49,000 결제하기" })).toBeEnabled();
});

test("an order refused for stock is ordered again with what is left", { tag: "@nojs" }, async ({ page, request }) => {
  const who = await member(request);
  await chargeMember(request, who, 200_000);
  const { order_id: id } = await order(request, who, "손으로 이해하는 알고리즘", 4);
  await login(page, who);
  await page.goto(`/orders/${id}`);
  await main(page).getByRole("link", { name: "남은 2개로 다시 주문하기" }).click();
  await expect(page.getByRole("heading", { name: "담은 상품 2개" })).toBeVisible();
  await expect(payButton(page)).toBeEnabled();
});

test("an order's number is short to read and whole to copy", { tag: "@phone" }, async ({ page, request }) => {
  const who = await member(request);
  const { order_id: id } = await order(request, who, "너른들 고딕");
  await login(page, who);
  await page.goto(`/orders/${id}`);
  const number = main(page).locator(".order-number");
  await expect(number).toHaveAttribute("title", id!);
  expect((await number.boundingBox())!.width).toBeLessThan(120);
  await expect(number).toHaveText(id!);
  await expect(number.locator("[aria-hidden]")).toHaveText(id!.slice(0, -8));
});

test("what was taken out of the cart is named, and comes back", { tag: "@phone" }, async ({ page }) => {
  await addToCart(page, "밤 버스", 3);
  await page.goto("/cart");
  const change = page.getByRole("button", { name: "밤 버스 수량 변경" });
  expect((await change.boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await page.getByRole("button", { name: "밤 버스 빼기" }).click();
  await expect(said(page, "status")).toContainText("밤 버스, 장바구니에서 뺐습니다");
  await expect(page.getByRole("heading", { name: "아직 담은 상품이 없습니다" })).toBeVisible();
  await page.getByRole("button", { name: "되돌리기" }).click();
  await expect(said(page, "status")).toContainText("장바구니에 다시 담았습니다");
  await expect(sum(page, "합계")).toHaveText("₩29,700");
});
