// The whole way from a stranger to the owner of something, and everything that must not buy twice.
import { addToCart, balanceOf, buyNow, charge, consentTick, expectNoSidewaysScroll, hidden, logout, ordersOf, pay, payButton, register, said, shopperWith, sum } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

// What buys twice must not hide behind the limit of one order a second.
test.use({ settings: { ORDER_LIMIT: "off" } });

const ORDER_PAGE = /\/orders\/[\w-]+$/;

/** Chooses another quantity for a line of the cart. With JavaScript choosing suffices. */
async function changeQuantity(page: Page, name: string, quantity: number, shown: string, javaScript: boolean): Promise<void> {
  const line = page.getByRole("listitem").filter({ hasText: name });
  const choice = line.getByLabel(`${name} 수량`, { exact: true });
  if (javaScript) {
    // Until the island is awake nobody listens: choose until it does.
    await expect(async () => {
      await choice.selectOption(String(quantity));
      await expect(line.getByText(shown, { exact: true })).toBeVisible({ timeout: 1_000 });
    }).toPass();
  } else {
    await choice.selectOption(String(quantity));
    await line.getByRole("button", { name: "수량 변경" }).click();
    await expect(line.getByText(shown, { exact: true })).toBeVisible();
  }
}

test("a stranger registers, charges, claims a coupon, buys and finds it all written down", { tag: "@phone" }, async ({
  page,
  javaScriptEnabled,
}) => {
  await register(page);
  await charge(page, 50_000);

  await page.goto("/coupons");
  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(page, "status")).toContainText("쿠폰을 받았습니다");

  await addToCart(page, "느린 아침의 기록");
  await addToCart(page, "한 장 회의록");
  await said(page, "status").getByRole("link", { name: "장바구니 보기" }).click();
  await changeQuantity(page, "느린 아침의 기록", 3, "₩29,400", javaScriptEnabled !== false);
  await expect(sum(page, "합계")).toHaveText("₩33,300");
  await expectNoSidewaysScroll(page);
  await page.getByRole("link", { name: "₩33,300 주문하기" }).click();

  // 10 % of 33,300 is 3,330.
  await expect(sum(page, "할인")).toHaveText("₩0");
  await page.getByRole("radio", { name: "반가워요 10% 할인" }).check();
  await page.getByRole("button", { name: "쿠폰 적용" }).click();
  await expect(sum(page, "상품 금액")).toHaveText("₩33,300");
  await expect(sum(page, "할인")).toHaveText("-₩3,330");
  await expect(sum(page, "결제할 금액")).toHaveText("₩29,970");
  await expect(sum(page, "지금 잔액")).toHaveText("₩50,000");
  await expect(sum(page, "결제 후 잔액")).toHaveText("₩20,030");
  await expectNoSidewaysScroll(page);
  await consentTick(page).check();
  await page.getByRole("button", { name: "₩29,970 결제하기" }).click();

  await expect(page).toHaveURL(ORDER_PAGE);
  const order = new URL(page.url()).pathname;
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  await expect(page.getByRole("main").getByText("완료", { exact: true })).toBeVisible();
  await expect(sum(page, "상품 금액")).toHaveText("₩33,300");
  await expect(sum(page, "할인 · 쿠폰 WELCOME10")).toHaveText("-₩3,330");
  await expect(sum(page, "결제한 금액")).toHaveText("₩29,970");
  await expect(page.getByRole("listitem").filter({ hasText: "느린 아침의 기록" })).toContainText("₩9,800 × 3개");
  await expectNoSidewaysScroll(page);

  await page.goto("/orders");
  const listed = page.getByRole("link", { name: /느린 아침의 기록 외 1가지.*₩29,970.*완료/ });
  await expect(listed).toHaveAttribute("href", order);

  await page.goto("/wallet");
  const statement = page.getByRole("main").getByRole("listitem");
  await expect(statement).toHaveCount(2);
  await expect(statement.nth(0)).toHaveText(/주문 결제\s*느린 아침의 기록 외 1가지\s*-₩29,970.*잔액 ₩20,030/);
  await expect(statement.nth(1)).toHaveText(/충전\s*\+₩50,000.*잔액 ₩50,000/);
  await expect(statement.nth(0).getByRole("link", { name: "주문 결제" })).toHaveAttribute("href", order);

  await page.goto("/coupons");
  const coupon = page.getByRole("listitem").filter({ hasText: "반가워요 10% 할인" });
  await expect(coupon).toHaveCount(1);
  await expect(coupon.getByText("사용함", { exact: true })).toBeVisible();
  await expect(coupon.getByRole("link", { name: "주문 보기" })).toHaveAttribute("href", order);
  await expect(coupon.getByRole("button")).toHaveCount(0);

  await page.goto("/cart");
  await expect(page.getByRole("heading", { name: "아직 담은 상품이 없습니다" })).toBeVisible();

  await logout(page);
  await page.goto(order);
  await expect(page).toHaveURL(`/login?next=${encodeURIComponent(order)}`);
});

test("a coupon that was chosen but not yet applied is never left out silently", async ({ page, request }) => {
  const who = await shopperWith(page, 50_000);
  await page.goto("/coupons");
  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(page, "status")).toContainText("쿠폰을 받았습니다");
  await buyNow(page, "밤 버스");
  await page.getByRole("radio", { name: "반가워요 10% 할인" }).check();
  await pay(page);
  // Either the coupon counts now, or the new amount is shown to be paid.
  await expect(sum(page, "결제할 금액").or(sum(page, "결제한 금액"))).toHaveText("₩8,910");
  for (const order of await ordersOf(request, who)) expect(order.final_amount).toBe(8_910);
});

test("bought now is one product alone, and the cart stays as it was", async ({ page }) => {
  await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스", 2);
  await buyNow(page, "새벽 시장");
  await expect(page.getByRole("heading", { name: "담은 상품 1개" })).toBeVisible();
  await consentTick(page).check();
  await page.getByRole("button", { name: "₩4,900 결제하기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  await page.getByRole("link", { name: "장바구니, 2개 담김" }).click();
  await expect(sum(page, "합계")).toHaveText("₩19,800");
});

test("a double click on pay buys once", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  await consentTick(page).check();
  await payButton(page).dblclick();
  await expect(page).toHaveURL(ORDER_PAGE);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

test("while it pays the button says so and cannot be pressed again", { tag: "@js" }, async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  const form = page.locator("form").filter({ has: payButton(page) });
  await form.evaluate((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.dataset.sent = String(Number(form.dataset.sent ?? 0) + 1);
    });
  });
  const busy = page.getByRole("button", { name: "결제하고 있습니다…" });
  // Until the island is awake the button is a plain one.
  await expect(async () => {
    await pay(page);
    await expect(busy).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(busy).toHaveAttribute("aria-disabled", "true");
  const sending = page.locator("form[data-sent]");
  const sent = await sending.getAttribute("data-sent");
  await busy.click({ force: true });
  await expect(sending).toHaveAttribute("data-sent", sent!);
  expect(await ordersOf(page.request, who)).toHaveLength(0);
});

test("one form sent many times at once leads to one order", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  const form = page.locator("form").filter({ has: payButton(page) });
  const fields = Object.fromEntries(
    await Promise.all(
      ["request_id", "expected_amount", "items", "coupon", "source"].map(async (name) => [name, await hidden(form, name)] as const),
    ),
  );
  fields["consent"] = await consentTick(page).inputValue();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => page.request.post("/fn/place_order", { form: fields, maxRedirects: 0 })),
  );
  const [order] = await ordersOf(page.request, who);
  for (const answer of answers) {
    expect(answer.status()).toBe(303);
    expect(answer.headers()["location"]).toBe(`/orders/${order?.id}`);
  }
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

test("reloading the order buys nothing", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  await page.reload();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

test("going back after buying the cart offers nothing to pay again", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  await page.goBack();
  await expect(page.getByRole("heading", { name: "주문할 상품이 없습니다" })).toBeVisible();
  await expect(payButton(page)).toHaveCount(0);
  await page.getByRole("link", { name: "내 주문 보기" }).click();
  await expect(page.getByRole("main").getByRole("link", { name: /밤 버스/ })).toHaveCount(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

test("going back after buying now and paying again leads to the same order", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  const order = page.url();
  await page.goBack();
  await pay(page);
  await expect(page).toHaveURL(order);
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

test("a cart open in two tabs is bought once", async ({ page, context }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  const other = await context.newPage();
  await other.goto("/checkout");
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  await pay(other);
  await expect(payButton(other)).toHaveCount(0);
  await expect(other.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});
