// What is left, what is sold out, and prices that change while somebody is looking.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { APIRequestContext } from "@playwright/test";

import { addToCart, balanceOf, buyNow, chargeMember, consentTick, member, type Member, openProduct, ordersOf, pay, payButton, productNamed, said, shopperWith, sum } from "../helpers/people.ts";
import type { Shop } from "../helpers/shop.ts";
import { stoppedOrder } from "../helpers/stopped.ts";
import { expect, test } from "../helpers/test.ts";

// These tests order twice within a second.
test.use({ settings: { ORDER_LIMIT: "off" } });

/** Somebody else buys, quicker than the person at the page. */
async function someoneElseBuys(request: APIRequestContext, name: string, quantity: number): Promise<Member> {
  const who = await member(request);
  const { id, price } = await productNamed(request, name);
  await chargeMember(request, who, price * quantity);
  const answer = await request.post("/api/v1/orders", {
    data: { items: [{ product_id: id, quantity }] },
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  return who;
}

/** The operator changes a product, as `damda product import` does. */
async function importProduct(shop: Shop, line: string): Promise<void> {
  const file = join(shop.folder, "products.csv");
  await writeFile(file, `sku,category,name,price,stock,active\n${line}\n`);
  await shop.damda("product", "import", file);
}

test("a sold-out product has no button that buys and says so calmly", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/products?category=font");
  await expect(page.getByRole("link", { name: /벽돌집체.*품절/ })).toBeVisible();
  await openProduct(page, "벽돌집체");
  await expect(page.getByText("지금은 남은 재고가 없습니다")).toBeVisible();
  await expect(page.getByRole("button", { name: /담기|구매/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "품절" })).toBeDisabled();
  await expect(page.getByRole("button", { name: "품절" })).toHaveAccessibleDescription(/품절이라 담을 수 없습니다/);
  await page.getByRole("link", { name: "비슷한 상품 보기" }).click();
  await expect(page.getByRole("heading", { name: "비슷한 상품" })).toBeInViewport();
});

test("a nearly sold-out product says how many are left and offers no more", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/products?category=template");
  await expect(page.getByRole("link", { name: /창가: 포트폴리오 웹 서식.*3개 남음/ })).toBeVisible();
  await openProduct(page, "창가: 포트폴리오 웹 서식");
  await expect(page.getByText("3개 남음")).toBeVisible();
  await expect(page.getByLabel("수량")).toHaveAccessibleDescription("지금 3개 남았습니다.");
  await expect(page.getByLabel("수량").getByRole("option")).toHaveText(["1개", "2개", "3개"]);
});

test("a product with plenty left offers ten and names no number", { tag: "@nojs" }, async ({ page }) => {
  await openProduct(page, "느린 아침의 기록");
  await expect(page.getByRole("article").getByText(/개 남/)).toHaveCount(0);
  await expect(page.getByLabel("수량").getByRole("option")).toHaveCount(10);
});

test("more than there is cannot be ordered, and the cart says how many there are", async ({ page }) => {
  await shopperWith(page, 50_000);
  await addToCart(page, "밤의 식물원");
  await addToCart(page, "밤의 식물원");
  await page.goto("/cart");
  const line = page.getByRole("listitem").filter({ hasText: "밤의 식물원" });
  await expect(line).toContainText("지금은 1개까지만 살 수 있습니다. 수량을 바꿔 주세요.");
  const order = page.getByRole("button", { name: "₩17,800 주문하기" });
  await expect(order).toBeDisabled();
  await expect(order).toHaveAccessibleDescription(/수량을 바꾸거나 빼면/);
  await expect(page.getByRole("link", { name: /주문하기/ })).toHaveCount(0);

  await page.goto("/checkout");
  await expect(page.getByRole("main")).toContainText("밤의 식물원 — 남은 재고가 1개라 2개를 살 수 없습니다.");
  await expect(payButton(page)).toBeDisabled();

  await page.getByRole("link", { name: "장바구니에서 바꾸기" }).click();
  await line.getByLabel("밤의 식물원 수량", { exact: true }).selectOption("1");
  // With JavaScript choosing may have sent the form already; without it this does.
  await line.getByRole("button", { name: "수량 변경" }).click();
  await page.getByRole("link", { name: "₩8,900 주문하기" }).click();
  await expect(payButton(page)).toBeEnabled();
});

test("pieces that others bought meanwhile are refused with the number left, and cost nothing", async ({ page, request }) => {
  const who = await shopperWith(page, 200_000);
  await buyNow(page, "손으로 이해하는 알고리즘", 2);
  await someoneElseBuys(request, "손으로 이해하는 알고리즘", 1);
  await pay(page);
  await expect(said(page, "alert")).toContainText("주문하지 못했습니다");
  await expect(said(page, "alert")).toContainText("남은 재고가 1개라 2개를 살 수 없습니다. 빠져나간 돈은 없습니다.");
  await expect(payButton(page)).toBeDisabled();
  expect(await balanceOf(request, who)).toBe(200_000);

  await someoneElseBuys(request, "손으로 이해하는 알고리즘", 1);
  await page.reload();
  await expect(page.getByRole("main")).toContainText("방금 품절되었습니다.");
  await expect(payButton(page)).toBeDisabled();
  expect((await ordersOf(request, who)).map((order) => order.status)).toEqual(["REJECTED"]);
});

test("a price that changed meanwhile buys nothing, is said, and can then be paid", { tag: "@phone" }, async ({ page, request, shop }, info) => {
  // Each project has a product of its own: the shop is shared.
  const [sku, name] = { "with JavaScript": ["P-JS", "값이 오르는 책"], "without JavaScript": ["P-NOJS", "값이 뛰는 책"] }[info.project.name] ?? ["P-PHONE", "값이 바뀌는 책"];
  await importProduct(shop, `${sku},ebook,${name},9900,100,true`);
  const who = await shopperWith(page, 50_000);
  await buyNow(page, name!);
  await importProduct(shop, `${sku},ebook,${name},12900,100,true`);

  await consentTick(page).check();
  await page.getByRole("button", { name: "₩9,900 결제하기" }).click();
  await expect(said(page, "alert")).toContainText("결제할 금액이 ₩9,900에서 ₩12,900으로 바뀌었습니다. 새 금액을 확인해 주세요.");
  await expect(said(page, "alert")).toContainText("빠져나간 돈은 없습니다.");
  await expect(sum(page, "결제할 금액")).toHaveText("₩12,900");
  expect(await balanceOf(request, who)).toBe(50_000);

  await page.getByRole("button", { name: "₩12,900 결제하기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await balanceOf(request, who)).toBe(37_100);
  expect((await ordersOf(request, who)).map((order) => order.status)).toEqual(["COMPLETED", "REJECTED"]);
});

test("a product that is no longer sold leaves its page and can only be taken out of the cart", async ({ page, shop }, info) => {
  const sku = info.project.name === "with JavaScript" ? "GONE-JS" : "GONE-NOJS";
  const name = `곧 사라질 책 ${sku}`;
  await importProduct(shop, `${sku},ebook,${name},9900,100,true`);
  await shopperWith(page, 50_000);
  const { id } = await productNamed(page.request, name);
  await addToCart(page, name);
  await importProduct(shop, `${sku},ebook,${name},9900,100,false`);

  await page.goto("/cart");
  await expect(page.getByRole("listitem").filter({ hasText: `내려간 상품 ${id}번` })).toContainText("이제 팔지 않는 상품입니다.");
  await expect(page.getByRole("link", { name: /주문하기/ })).toHaveCount(0);
  await page.goto("/checkout");
  await expect(page.getByRole("main")).toContainText("이제 팔지 않는 상품이 들어 있습니다.");
  await expect(payButton(page)).toBeDisabled();
  await page.goto("/cart");
  await page.getByRole("button", { name: `내려간 상품 ${id}번 빼기` }).click();
  await expect(page.getByRole("heading", { name: "아직 담은 상품이 없습니다" })).toBeVisible();
});

test("what others hold at their tills is not offered", { tag: "@nojs" }, async ({ page, request, shop }) => {
  const { id } = await productNamed(request, "창가: 포트폴리오 웹 서식");
  for (let turn = 0; turn < 2; turn += 1) await stoppedOrder(shop, (await member(request)).email, id, { status: "RESERVED" });
  await openProduct(page, "창가: 포트폴리오 웹 서식");
  await expect(page.getByRole("article").locator(".badge")).toHaveText("1개 남음");
  await expect(page.getByLabel("수량").getByRole("option")).toHaveText(["1개"]);
  const shopper = await shopperWith(page, 50_000);
  await page.goto(`/checkout?items=${id}%3A2`);
  await expect(page.getByRole("main")).toContainText("남은 재고가 1개라 2개를 살 수 없습니다");
  await expect(payButton(page)).toBeDisabled();
  expect(await ordersOf(request, shopper)).toEqual([]);
});
