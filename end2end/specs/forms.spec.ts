// What no page of ours would send: forms that were tampered with, forged, or are none at all. Whatever
// comes is answered with a clear no, never with a fault, and nothing changes.
import type { APIResponse } from "@playwright/test";

import { addToCart, balanceOf, buyNow, consentTick, hidden, login, member, ordersOf, pay, payButton, said, shopperWith } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

const FORMS = ["login", "logout", "register", "change_password", "add_to_cart", "buy_now", "set_cart_line", "put_back", "set_language", "set_theme", "claim_coupon", "place_order", "charge_wallet"];

/** Sends a form as the page's browser would, and does not go where it leads. */
function send(page: Page, form: string, fields: Record<string, string>): Promise<APIResponse> {
  return page.request.post(`/fn/${form}`, { form: fields, maxRedirects: 0 });
}

test("a quantity that cannot be is not put into the cart", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/products/1");
  for (const [quantity, says] of [
    ["0", "보낸 내용을 읽지 못했습니다"],
    ["-1", "보낸 내용을 읽지 못했습니다"],
    ["11", "같은 상품은 10개까지 담을 수 있습니다"],
    ["1.5", "보낸 내용을 읽지 못했습니다"],
    ["abc", "보낸 내용을 읽지 못했습니다"],
    ["9223372036854775807", "같은 상품은 10개까지 담을 수 있습니다"],
    ["99999999999999999999", "보낸 내용을 읽지 못했습니다"],
  ] as const) {
    for (const form of ["add_to_cart", "buy_now"]) {
      const answer = await send(page, form, { product_id: "1", quantity });
      expect(answer.status(), quantity).toBe(303);
      expect(answer.headers()["location"], quantity).not.toContain("/checkout");
      await page.goto(answer.headers()["location"]!);
      await expect(said(page, "alert"), `${form} ${quantity}`).toContainText(says);
    }
  }
  await page.goto("/cart");
  await expect(page.getByRole("heading", { name: "아직 담은 상품이 없습니다" })).toBeVisible();
});

test("a quantity that was tampered with in the page is refused where it was sent", async ({ page }) => {
  await page.goto("/products/1");
  await page.getByLabel("수량").evaluate((choice: HTMLSelectElement) => {
    choice.options[0]!.value = "11";
  });
  await page.getByRole("button", { name: "담기" }).click();
  await expect(page).toHaveURL("/products/1");
  await expect(said(page, "alert")).toContainText("같은 상품은 10개까지 담을 수 있습니다");
});

test("ten of one and thirty in all are the most a cart takes", { tag: "@nojs" }, async ({ page }) => {
  await addToCart(page, "밤 버스", 10);
  await page.getByRole("button", { name: "담기" }).click();
  await expect(said(page, "alert")).toContainText("같은 상품은 10개까지 담을 수 있습니다");
  await addToCart(page, "물결 루프", 10);
  await addToCart(page, "새벽 시장", 10);
  await page.goto("/products/1");
  await page.getByRole("button", { name: "담기" }).click();
  await expect(said(page, "alert")).toContainText("한 번에 30개까지 담을 수 있습니다");
  await expect(page.getByRole("link", { name: "장바구니, 30개 담김" })).toBeVisible();
});

test("an order that was tampered with buys nothing it does not state", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 100_000);
  const { id: product } = { id: 1 };
  await page.goto(`/checkout?items=${product}%3A1`);
  const consent = await consentTick(page).inputValue();
  const good = { request_id: "", expected_amount: "9800", items: `${product}:1`, coupon: "", source: "direct", consent };
  const tampered: [why: string, fields: Partial<typeof good>][] = [
    ["no lines", { items: "" }],
    ["none of it", { items: `${product}:0` }],
    ["less than none", { items: `${product}:-1` }],
    ["eleven at the price of eleven", { items: `${product}:11`, expected_amount: "107800" }],
    ["another price", { expected_amount: "100" }],
    ["a price of nothing", { expected_amount: "0" }],
    ["a price below nothing", { expected_amount: "-9800" }],
    ["no price", { expected_amount: "" }],
    ["a price in words", { expected_amount: "싸게" }],
    ["no such product", { items: "999999:1" }],
    ["nonsense for lines", { items: "a:b,,:;" }],
    ["no request id", { request_id: "" }],
    ["a request id that is none", { request_id: "뭐 " }],
    ["a coupon that is none", { coupon: "<script>" }],
    ["no consent", { consent: "" }],
    ["a consent to nothing that was shown", { consent: "0".repeat(64) }],
  ];
  for (const [why, fields] of tampered) {
    const request_id = `tampered-${why.replaceAll(/\W/g, "-")}`;
    const answer = await send(page, "place_order", { ...good, request_id, ...fields });
    expect(answer.status(), why).toBe(303);
    expect(answer.headers()["location"], why).toMatch(/^\/checkout/);
    const shown = await page.goto(answer.headers()["location"]!);
    expect(shown?.status(), why).toBe(200);
  }
  expect(await balanceOf(page.request, who)).toBe(100_000);
  expect((await ordersOf(page.request, who)).filter((order) => order.status !== "REJECTED")).toEqual([]);
});

test("a request id that was used for something else is refused and says so", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 100_000);
  await buyNow(page, "밤 버스");
  const requestId = await hidden(page.locator("form").filter({ has: payButton(page) }), "request_id");
  const consent = await consentTick(page).inputValue();
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  const answer = await send(page, "place_order", { request_id: requestId, items: "1:1", expected_amount: "9800", source: "direct", consent });
  await page.goto(answer.headers()["location"]!);
  await expect(said(page, "alert")).toContainText("이미 다른 내용으로 보낸 주문입니다");
  expect(await balanceOf(page.request, who)).toBe(90_100);
});

test("a form from another site is refused with a page that says so", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 1_000);
  const foreign: Record<string, string>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
    { "Sec-Fetch-Site": "same-site" },
  ];
  for (const form of FORMS) {
    for (const headers of foreign) {
      const answer = await page.request.post(`/fn/${form}`, {
        form: { amount: "50000", request_id: `forged-${form}`, next: "/wallet" },
        headers: { ...headers, Accept: "text/html" },
        maxRedirects: 0,
      });
      expect(answer.status(), `${form} ${JSON.stringify(headers)}`).toBe(403);
      expect(answer.headers()["content-type"]).toContain("text/html");
    }
  }
  await page.goto("/wallet");
  await expect(page).toHaveURL("/wallet");
  expect(await balanceOf(page.request, who)).toBe(1_000);
});

test("what is no form at all is answered with a clear no", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 1_000);
  const bodies: [why: string, data: Buffer, type: string][] = [
    ["not UTF-8", Buffer.from([0x61, 0x3d, 0xff, 0xfe, 0xc3, 0x28]), "application/x-www-form-urlencoded"],
    ["percent signs that are not UTF-8", Buffer.from("email=%ff%fe&amount=%c3%28&product_id=%80&code=%ff&lang=%ff&theme=%ff&items=%ff"), "application/x-www-form-urlencoded"],
    ["half a percent sign", Buffer.from("amount=%4"), "application/x-www-form-urlencoded"],
    ["JSON", Buffer.from(`{"amount":50000}`), "application/json"],
    ["nothing", Buffer.alloc(0), "application/x-www-form-urlencoded"],
    ["zeros", Buffer.alloc(512), "application/x-www-form-urlencoded"],
    ["parts", Buffer.from("--x\r\nContent-Disposition: form-data; name=amount\r\n\r\n50000\r\n--x--"), "multipart/form-data; boundary=x"],
    ["a thousand fields", Buffer.from("a=1&".repeat(1_000)), "application/x-www-form-urlencoded"],
    ["one field a hundred times", Buffer.from("amount=1&".repeat(100)), "application/x-www-form-urlencoded"],
  ];
  for (const form of FORMS.filter((form) => form !== "logout" && form !== "set_language" && form !== "set_theme")) {
    for (const [why, data, type] of bodies) {
      const answer = await page.request.post(`/fn/${form}`, {
        data,
        headers: { "Content-Type": type, Accept: "text/html" },
        maxRedirects: 0,
      });
      expect([303, 400, 413, 415, 422], `${form}: ${why}: ${answer.status()}`).toContain(answer.status());
      if (answer.status() === 303) {
        const shown = await page.request.get(answer.headers()["location"]!, { headers: { Accept: "text/html" } });
        expect(shown.status(), `${form}: ${why} leads to`).toBe(200);
      }
    }
  }
  expect(await balanceOf(page.request, who)).toBe(1_000);
  expect(await ordersOf(page.request, who)).toEqual([]);
});

test("a form that cannot be read leads back to its page, which says so", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  const answer = await page.request.post("/fn/charge_wallet", {
    data: Buffer.from("amount=%ff"),
    headers: { "Content-Type": "application/x-www-form-urlencoded", Referer: new URL("/wallet", page.url()).href },
    maxRedirects: 0,
  });
  expect(answer.headers()["location"]).toBe("/wallet");
  await page.goto("/wallet");
  await expect(said(page, "alert")).toContainText("보낸 내용을 읽지 못했습니다");
  await expect(said(page, "alert")).toContainText("바뀐 것은 없습니다.");
});

test("a form too large is refused before it is read", { tag: "@nojs" }, async ({ page }) => {
  for (const form of FORMS) {
    const answer = await page.request.post(`/fn/${form}`, {
      data: Buffer.alloc(300_000, "a"),
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" },
      maxRedirects: 0,
    });
    expect(answer.status(), form).toBe(413);
  }
});

test("a form is posted, not asked for", { tag: "@nojs" }, async ({ page, watch }) => {
  watch.expectStatus(405, "/fn/charge_wallet");
  const answer = await page.goto("/fn/charge_wallet");
  expect(answer?.status()).toBe(405);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("a form that does not exist is not found", { tag: "@nojs" }, async ({ page }) => {
  const answer = await page.request.post("/fn/no_such_form", { form: {}, headers: { Accept: "text/html" } });
  expect(answer.status()).toBe(404);
});

test("a stranger's forms lead to the login page and change nothing", { tag: "@nojs" }, async ({ page }) => {
  for (const form of ["claim_coupon", "place_order", "charge_wallet", "change_password"]) {
    const answer = await send(page, form, { code: "WELCOME10", items: "1:1", amount: "5000", request_id: "stranger", expected_amount: "9800" });
    expect(answer.status(), form).toBe(303);
    expect(answer.headers()["location"], form).toMatch(/^\/login\?next=/);
  }
});

test("another shopper's order does not exist", { tag: "@nojs" }, async ({ page, newVisitor, watch }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  const order = new URL(page.url()).pathname;
  const other = await newVisitor();
  await login(other, await member(other.request));
  watch.expectStatus(404, order);
  const answer = await other.goto(order);
  expect(answer?.status()).toBe(404);
  await expect(other.getByRole("heading", { level: 1, name: "찾으시는 페이지가 없습니다" })).toBeVisible();
  await expect(other.getByText("밤 버스")).toHaveCount(0);
});

test("what does not exist is a page of the shop that leads on", { tag: "@phone" }, async ({ page, watch, shop }) => {
  await login(page, shop.shopper);
  for (const path of ["/products/999999", "/products/abc", "/products/-1", "/products/1/2", "/orders/nonsense", "/admin/nonsense", "/no-such-page", "/.env", "/%ff"]) {
    watch.expectStatus(404, path);
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { level: 1, name: "찾으시는 페이지가 없습니다" }), path).toBeVisible();
    await expect(page.getByRole("banner"), path).toBeVisible();
    await expect(page.getByRole("main").getByRole("link", { name: "상품 둘러보기" }), path).toHaveAttribute("href", "/products");
  }
});

test("an address with values nobody knows is a page that says so", { tag: "@nojs" }, async ({ page, watch, shop }) => {
  await login(page, shop.shopper);
  for (const path of ["/products?sort=cheap", "/products?category=cars", "/products?cursor=nonsense", "/orders?cursor=%00", "/wallet?cursor=1"]) {
    watch.expectStatus(422, path.split("?")[0]!);
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(422);
    await expect(page.getByRole("heading", { level: 1, name: "주소를 이해하지 못했습니다" }), path).toBeVisible();
    await page.getByRole("main").getByRole("link", { name: "값 없이 열기" }).click();
    await expect(page, path).toHaveURL(path.split("?")[0]!);
  }
});

test("searches hold whatever was typed, as text", { tag: "@js" }, async ({ page }) => {
  for (const text of [`<script>alert(1)</script>`, `"'><b>`, "%", "_", "' OR 1=1 --", "\\", "👩‍💻".repeat(60)]) {
    await page.goto("/products");
    await page.getByRole("main").getByLabel("이름으로 찾기").fill(text);
    await page.getByRole("main").getByRole("button", { name: "찾기" }).click();
    await expect(page.getByRole("heading", { level: 1 }), text).toBeVisible();
    await expect(page.getByRole("main")).toContainText(/찾지 못했습니다|찾기 결과/);
  }
});

test("cookies full of nonsense are no cookies", { tag: "@nojs" }, async ({ page, context, shop }) => {
  for (const value of ["nonsense", "%ff", "{", "1:99999999999999999999,,,", "a".repeat(3_500)]) {
    await context.addCookies(["cart", "flash", "lang", "theme", "damda"].map((name) => ({ name, value, url: shop.url })));
    for (const path of ["/", "/cart", "/products", "/login"]) {
      const answer = await page.goto(path);
      expect(answer?.status(), `${path} ${value.slice(0, 20)}`).toBe(200);
    }
  }
});
