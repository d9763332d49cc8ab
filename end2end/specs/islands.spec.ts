// What moves by itself: the cart's count, the search, countdowns, what is left, the order that settles,
// and moments in the reader's zone. Each of them is a plain page without JavaScript.
import { randomUUID } from "node:crypto";

import { addToCart, chargeMember, expectAccessible, login, member, openProduct, productNamed, shopperWith } from "../helpers/people.ts";
import { stoppedOrder } from "../helpers/stopped.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off", RESERVATION_TTL: "4s", EXPIRY_EVERY: "1s", RECOVERY_DELAY: "4s", RECOVERY_EVERY: "1s" } });

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, "Idempotency-Key": randomUUID() };
}

const cartLink = (page: Page) => page.getByRole("banner").getByRole("link", { name: /^장바구니/ });

// ------------------------------------------------------------------ the cart's count

test("the cart's count is true in another tab, and after going back", { tag: "@js" }, async ({ page, context }) => {
  await page.goto("/");
  await expect(cartLink(page)).toHaveAccessibleName("장바구니");
  const other = await context.newPage();
  await other.goto("/products");
  await expect(cartLink(other)).toHaveAccessibleName("장바구니");

  await addToCart(page, "밤 버스", 2);
  await expect(cartLink(page)).toHaveAccessibleName("장바구니, 2개 담김");
  await expect(cartLink(other)).toHaveAccessibleName("장바구니, 2개 담김");
  await expect(cartLink(other).locator(".cart-count")).toHaveText("2");

  // Back to a page that was made when the cart was empty.
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL("/");
  await expect(cartLink(page)).toHaveAccessibleName("장바구니, 2개 담김");
});

test("without JavaScript the cart's count is what the server knew", { tag: "@nojs" }, async ({ page }) => {
  await addToCart(page, "밤 버스", 2);
  await expect(cartLink(page)).toHaveAccessibleName("장바구니, 2개 담김");
});

// ------------------------------------------------------------------ search as one types

const box = (page: Page) => page.getByRole("banner").getByRole("combobox", { name: "상품 찾기" });

test("typing shows products, and the keyboard goes to one", { tag: "@js" }, async ({ page }) => {
  await page.goto("/");
  await expect(box(page)).toHaveAttribute("aria-expanded", "false");
  await box(page).pressSequentially("밤");
  const list = page.getByRole("listbox", { name: "찾은 상품" });
  await expect(list).toBeVisible();
  await expect(box(page)).toHaveAttribute("aria-expanded", "true");
  const options = list.getByRole("option");
  const count = await options.count();
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThanOrEqual(6);
  await expectAccessible(page);

  await page.keyboard.press("ArrowDown");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await expect(box(page)).toHaveAttribute("aria-activedescendant", (await options.first().getAttribute("id"))!);
  await page.keyboard.press("ArrowUp");
  await expect(options.last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await expect(box(page)).toHaveValue("밤");
  await page.keyboard.press("ArrowDown");
  await expect(list).toBeVisible();
  const path = (await options.first().getAttribute("href"))!;
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(path);
});

test("Enter without a choice searches the shop, and leaving the field closes the list", { tag: "@js" }, async ({ page }) => {
  await page.goto("/");
  await expect(box(page)).toBeVisible();
  await box(page).fill("밤");
  await expect(page.getByRole("option").first()).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("listbox")).toBeHidden();
  await box(page).press("Enter");
  await expect(page).toHaveURL("/products?q=%EB%B0%A4");
});

test("only the last answer counts, and text is text", { tag: "@js" }, async ({ page }) => {
  await page.goto("/");
  await expect(box(page)).toBeVisible();
  let releaseSlow = (): void => {};
  const slow = new Promise<void>((resolve) => (releaseSlow = resolve));
  const answered: string[] = [];
  await page.route(/\/api\/v1\/products\?/, async (route) => {
    const text = new URL(route.request().url()).searchParams.get("q")!;
    if (text === "first") await slow;
    const item = { id: 1, name: `<img src=x onerror=alert(1)> ${text}`, name_en: "", price: 9_900 };
    await route.fulfill({ json: { items: [item], next_cursor: null } }).catch(() => {});
    answered.push(text);
  });
  const asked = page.waitForRequest(/q=first/);
  await box(page).fill("first");
  await asked;
  await box(page).fill("second");
  const option = page.getByRole("option");
  await expect(option).toHaveText("<img src=x onerror=alert(1)> second₩9,900");
  releaseSlow();
  await expect.poll(() => answered).toContain("first");
  await expect(option).toHaveText("<img src=x onerror=alert(1)> second₩9,900");
  await expect(option.locator("img")).toHaveCount(0);
});

// ------------------------------------------------------------------ what is left

test("what is left of a coupon falls while one looks, and the button goes with the last", { tag: "@js" }, async ({ page, request }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  const ticket = page.getByRole("main").getByRole("listitem").filter({ hasText: "선착순 세 분, 반값" });
  const claim = ticket.getByRole("button", { name: /받기/ });
  await expect(ticket).toContainText("3장 중 3장 남음");
  const take = async () => {
    const { token } = await member(request);
    expect((await request.post("/api/v1/coupons/FIRST50/claims", { headers: bearer(token) })).status()).toBe(201);
  };
  await take();
  await expect(ticket).toContainText("3장 중 2장 남음", { timeout: 30_000 });
  await expect(claim).toBeVisible();
  await take();
  await take();
  await expect(claim).toBeHidden({ timeout: 30_000 });
  await expect(ticket).toContainText("이제 받을 수 없는 쿠폰입니다.");
});

test("nobody is asked for what is left while the page is out of sight", { tag: "@js" }, async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(document, "hidden", { get: () => (window as { unseen?: boolean }).unseen === true }));
  let asked = 0;
  await page.route("/api/v1/coupons*", (route) => {
    asked += 1;
    return route.continue();
  });
  await page.clock.install();
  await page.goto("/coupons");
  await expect(page.getByRole("combobox")).toBeVisible();
  await page.evaluate(() => ((window as { unseen?: boolean }).unseen = true));
  await page.clock.runFor(120_000);
  expect(asked).toBe(0);
  await page.evaluate(() => ((window as { unseen?: boolean }).unseen = false));
  await page.clock.runFor(2_000);
  await expect.poll(() => asked).toBe(1);
});

test("what is left of a product is true on its page, to the last piece", { tag: "@js" }, async ({ page, request, shop }) => {
  const { id, price } = await productNamed(request, "창가: 포트폴리오 웹 서식");
  const buyer = await member(request);
  await chargeMember(request, buyer, price * 3);
  const buy = async (quantity: number) => {
    const answer = await request.post("/api/v1/orders", { data: { items: [{ product_id: id, quantity }] }, headers: bearer(buyer.token) });
    expect(answer.status(), await answer.text()).toBe(201);
  };
  await openProduct(page, "창가: 포트폴리오 웹 서식");
  await page.getByLabel("수량").selectOption("3");
  await buy(2);
  await expect(page.getByRole("article").locator(".badge")).toHaveText("1개 남음", { timeout: 30_000 });
  await expect(page.getByLabel("수량")).toHaveValue("1");
  await expect(page.getByLabel("수량").getByRole("option", { disabled: true })).toHaveCount(2);
  await expect(page.getByLabel("수량")).toHaveAccessibleDescription("지금 1개 남았습니다.");
  await buy(1);
  await expect(page.getByText("지금은 남은 재고가 없습니다")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("button", { name: "바로 구매" })).toHaveCount(0);
  // And one that comes back can be bought at once.
  await shop.sql(`UPDATE products SET total_stock = total_stock + 4 WHERE id = ${id};
    INSERT INTO stock_supplies (product_id, quantity, reason, created_at) VALUES (${id}, 4, 'import', ${Date.now()});`);
  await expect(page.getByRole("button", { name: "바로 구매" })).toBeVisible({ timeout: 90_000 });
});

// ------------------------------------------------------------------ countdowns

/** Makes a coupon open in so many milliseconds. */
const OPEN_IN = (code: string, ms: number) => `UPDATE coupons SET starts_at = ${Date.now() + ms} WHERE code = '${code}';`;

test("a coupon counts down to its opening and can then be claimed", { tag: "@js" }, async ({ page, shop }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  const ticket = page.getByRole("main").getByRole("listitem").filter({ hasText: "밤하늘 20% 할인" });
  await expect(ticket.getByRole("timer")).toHaveText(/^열리기까지 1일 23시간 \d+분$/);
  await shop.sql(OPEN_IN("NIGHT20", 5_000));
  await page.reload();
  await expect(ticket.getByRole("timer")).toHaveText(/^열리기까지 [1-5]초$/);
  await expect(ticket.getByRole("button", { name: /부터$/ })).toBeDisabled();
  await ticket.getByRole("button", { name: "밤하늘 20% 할인 쿠폰 받기" }).click({ timeout: 20_000 });
  await expect(page.getByRole("main").getByRole("status")).toContainText("쿠폰을 받았습니다");
});

test("without JavaScript a coupon says when it opens", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/coupons");
  const ticket = page.getByRole("main").getByRole("listitem").filter({ hasText: "밤하늘 20% 할인" });
  await expect(ticket.getByRole("button")).toHaveText(/\d+월 \d+일 \d\d:\d\d.\(KST\).?부터$/);
});

for (const years of [-1, 1]) {
  test(`a browser's clock that is wrong by ${years} year changes no countdown and no claim`, { tag: "@js" }, async ({ page, shop }) => {
    await page.addInitScript((years) => {
      const now = Date.now.bind(Date);
      const shift = years * 365 * 86_400_000;
      Date.now = () => now() + shift;
    }, years);
    await shopperWith(page, 1_000);
    await shop.sql(OPEN_IN("NIGHT20", 6_000));
    await page.goto("/coupons");
    const ticket = page.getByRole("main").getByRole("listitem").filter({ hasText: "밤하늘 20% 할인" });
    await expect(ticket.getByRole("timer")).toHaveText(/^열리기까지 [1-6]초$/);
    await expect(ticket.getByRole("button", { name: "밤하늘 20% 할인 쿠폰 받기" })).toBeVisible({ timeout: 20_000 });
    await shop.sql(OPEN_IN("NIGHT20", 2 * 86_400_000));
  });
}

// ------------------------------------------------------------------ the order that settles

test("the order page settles itself, and asks quietly until then", { tag: "@phone" }, async ({ page, shop, request, javaScriptEnabled }) => {
  const who = await member(request);
  await login(page, who);
  const { id: product } = await productNamed(request, "밤 버스");
  const order = await stoppedOrder(shop, who.email, product, { status: "RESERVED" });
  let loads = 0;
  page.on("request", (asked) => (loads += Number(asked.isNavigationRequest())));
  await page.goto(`/orders/${order}`);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 처리하고 있습니다" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "결제 시간이 지나 주문이 끝났습니다" })).toBeVisible({ timeout: 30_000 });
  // Seen twice: as it was, and as it became.
  if (javaScriptEnabled !== false) expect(loads).toBe(2);
  await expect(page.getByRole("main").getByRole("link", { name: "다시 주문하기" })).toBeVisible();
});

test("without JavaScript an order page gives up refreshing after a while", { tag: "@nojs" }, async ({ page, shop, request }) => {
  const who = await member(request);
  await login(page, who);
  const { id: product } = await productNamed(request, "밤 버스");
  const order = await stoppedOrder(shop, who.email, product, { status: "RESERVED" });
  const refresh = page.locator("meta[http-equiv=refresh]");
  const early = await (await page.request.get(`/orders/${order}?look=3`)).text();
  expect(early).toContain(`url=/orders/${order}?look=4`);
  const late = await (await page.request.get(`/orders/${order}?look=40`)).text();
  expect(late).not.toContain("http-equiv");
  await page.goto(`/orders/${order}?look=40`);
  await expect(refresh).toHaveCount(0);
});

test("the state of an order is its owner's alone", { tag: "@nojs" }, async ({ page, request, newVisitor }) => {
  const who = await shopperWith(page, 50_000);
  const { id: product } = await productNamed(request, "밤 버스");
  const answer = await request.post("/api/v1/orders", { data: { items: [{ product_id: product, quantity: 1 }] }, headers: bearer(who.token) });
  const { id } = (await answer.json()) as { id: string };
  const state = async (from: Page, order: string) => (await from.request.get(`/fn/order_state?id=${encodeURIComponent(order)}`)).json();
  expect(await state(page, id)).toBe("COMPLETED");
  const other = await newVisitor();
  expect(await state(other, id)).toBe("");
  await login(other, await member(request));
  expect(await state(other, id)).toBe("");
  for (const nonsense of ["", "nonsense", "'; DROP TABLE orders; --", "가".repeat(3_000)]) expect(await state(page, nonsense)).toBe("");
});

// ------------------------------------------------------------------ moments

test.describe("far from Seoul", () => {
  test.use({ timezoneId: "America/New_York" });

  test("moments are shown in the reader's zone, named, and Seoul's is kept", { tag: "@js" }, async ({ page, request }) => {
    const who = await member(request);
    await chargeMember(request, who, 5_000);
    await login(page, who);
    await page.goto("/wallet");
    const time = page.getByRole("main").locator("time").first();
    await expect(time).toHaveText(/^\d{4}년 \d+월 \d+일 \d\d:\d\d GMT-[45]$/);
    await expect(time).toHaveAttribute("title", /\(KST\)$/);
    await page.goto("/coupons");
    await expect(page.getByRole("main").locator("time").first()).toHaveText(/GMT-[45]$/);
  });

  test("without JavaScript moments are Seoul's, and say so", { tag: "@nojs" }, async ({ page, request }) => {
    const who = await member(request);
    await chargeMember(request, who, 5_000);
    await login(page, who);
    await page.goto("/wallet");
    await expect(page.getByRole("main").locator("time").first()).toHaveText(/\(KST\)$/);
  });
});

test("a reader in Korean time reads the server's own words", { tag: "@js" }, async ({ page, request }) => {
  const who = await member(request);
  await chargeMember(request, who, 5_000);
  await login(page, who);
  await page.goto("/wallet");
  await expect(page.getByRole("combobox")).toBeVisible();
  await expect(page.getByRole("main").locator("time").first()).toHaveText(/\(KST\)$/);
});
