// Situations nobody plans for: two accounts in one browser, a session that ends at the till, a browser that
// keeps no cookies, text that wants to be markup or to run the other way, and forms with other fields than
// ours.
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "@playwright/test";

import { addToCart, balanceOf, buyNow, chargeMember, consentTick, enter, expectNoSidewaysScroll, hidden, login, member, ordersOf, pay, payButton, said, shopperWith, sum } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off", FAILURE_LIMIT: "off" } });

const DONE = "주문을 마쳤습니다";
const done = (page: Page) => page.getByRole("heading", { level: 1, name: DONE });

// ------------------------------------------------------------------ two accounts in two tabs

test("a form that was opened with one account does nothing for another", async ({ page, context }) => {
  const first = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await consentTick(page).check();
  const wallet = await context.newPage();
  await wallet.goto("/wallet");
  const coupons = await context.newPage();
  await coupons.goto("/coupons");

  const second = await member(page.request, { name: "이다른", email: `${randomUUID()}@example.com`, password: "browsing-for-2-books" });
  await chargeMember(page.request, second, 70_000);
  const other = await context.newPage();
  await login(other, second);

  await payButton(page).click();
  await expect(said(page, "alert")).toContainText("다른 계정으로 열어 둔 화면이었습니다");
  await expect(said(page, "alert")).toContainText("지금은 이다른 님으로 로그인되어 있습니다.");
  await wallet.getByLabel("충전할 금액").fill("5000");
  await wallet.getByRole("button", { name: "충전하기" }).click();
  await expect(said(wallet, "alert")).toContainText("다른 계정으로 열어 둔 화면이었습니다");
  await coupons.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(coupons, "alert")).toContainText("다른 계정으로 열어 둔 화면이었습니다");
  for (const [who, balance] of [[first, 50_000], [second, 70_000]] as const) {
    expect(await ordersOf(page.request, who)).toEqual([]);
    expect(await balanceOf(page.request, who)).toBe(balance);
  }

  // What the page shows now is the second's, and pressing again is theirs.
  await expect(sum(page, "지금 잔액")).toHaveText("₩70,000");
  await pay(page);
  await expect(done(page)).toBeVisible();
  expect(await balanceOf(page.request, first)).toBe(50_000);
  expect(await balanceOf(page.request, second)).toBe(60_100);
});

// ------------------------------------------------------------------ a session that ends

test("a session that ends at the till comes back to it: cart, coupon and request", { tag: "@phone" }, async ({ page, shop }) => {
  const who = await shopperWith(page, 50_000);
  await page.goto("/coupons");
  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await addToCart(page, "밤 버스", 2);
  await page.goto("/checkout?coupon=WELCOME10");
  const form = page.locator("form#pay");
  const request = await hidden(form, "request_id");
  await consentTick(page).check();
  await shop.sql("DELETE FROM sessions");
  await payButton(page).click();
  await expect(page).toHaveURL(/^[^?]*\/login\?next=/);
  await expect(said(page, "status")).toContainText("먼저 로그인해 주세요");
  await enter(page, who);
  await expect(page.getByRole("heading", { level: 1, name: "주문 확인" })).toBeVisible();
  await expect(sum(page, "결제할 금액")).toHaveText("₩17,820");
  expect(await hidden(form, "request_id")).toBe(request);
  await pay(page);
  await expect(done(page)).toBeVisible();
  expect(await balanceOf(page.request, who)).toBe(32_180);
  expect(await ordersOf(page.request, who)).toHaveLength(1);
});

test("an order placed just before the session ended is not placed again after", { tag: "@nojs" }, async ({ page, shop }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  const form = page.locator("form#pay");
  const fields: Record<string, string> = { consent: await consentTick(page).inputValue() };
  for (const name of ["request_id", "expected_amount", "items", "coupon", "source", "owner"]) fields[name] = await hidden(form, name);
  // The answer is lost on the way: the browser still has its cart.
  const cart = (await page.context().cookies()).find(({ name }) => name === "cart")!;
  await page.request.post("/fn/place_order", { form: fields, maxRedirects: 0 });
  await page.context().addCookies([cart]);
  await shop.sql("DELETE FROM sessions");
  await pay(page);
  await enter(page, who);
  await pay(page);
  await expect(done(page)).toBeVisible();
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  expect(await balanceOf(page.request, who)).toBe(40_100);
});

// ------------------------------------------------------------------ no cookies

for (const javaScriptEnabled of [true, false]) {
  test(`a browser that keeps no cookies is told so, ${javaScriptEnabled ? "with" : "without"} JavaScript`, { tag: "@js" }, async ({ shop, watch }, info) => {
    const profile = await mkdtemp(join(tmpdir(), "damda-no-cookies-"));
    await mkdir(join(profile, "Default"));
    await writeFile(join(profile, "Default/Preferences"), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
    const context = await chromium.launchPersistentContext(profile, { ...info.project.use.launchOptions, javaScriptEnabled, baseURL: shop.url, locale: "ko-KR" });
    try {
      // Without JavaScript a browser reports the scripts that it declines.
      if (javaScriptEnabled) watch.add(context);
      const page = context.pages()[0] ?? (await context.newPage());
      const says = said(page, "alert").filter({ hasText: "브라우저가 쿠키를 받지 않는 것 같습니다" });
      await page.goto("/products/1");
      await expect(says).toHaveCount(0);
      await page.getByRole("button", { name: "담기" }).click();
      await expect(says).toBeVisible();
      await page.getByRole("banner").getByRole("link", { name: "장바구니" }).click();
      await expect(page).toHaveURL("/cart");
      await expect(says).toBeVisible();
      await page.goto("/products/1");
      await page.getByRole("button", { name: "바로 구매" }).click();
      await expect(page).toHaveURL(/\/login\?next=/);
      await expect(says).toBeVisible();
      await enter(page, shop.shopper);
      await expect(says).toBeVisible();
      expect(await context.cookies()).toEqual([]);
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  });
}

test("a browser that keeps cookies is never told otherwise", { tag: "@phone" }, async ({ page }) => {
  for (const path of ["/", "/products/1", "/cart", "/login"]) {
    await page.goto(path);
    await expect(page.getByText("쿠키를 받지 않는")).toHaveCount(0);
  }
  await page.getByRole("banner").getByRole("link", { name: "장바구니" }).click();
  await expect(page.getByText("쿠키를 받지 않는")).toHaveCount(0);
});

// ------------------------------------------------------------------ strange text

const STRANGE: [what: string, text: string][] = [
  ["markup", `<script>alert(1)</script><img src=x onerror=alert(2)>`],
  ["quotes", `"'\`><b title="x">&lt;&amp;`],
  ["emoji", "👩‍👩‍👧‍👦🏳️‍🌈".repeat(8)],
  ["right to left", "שלום \u202eקניון\u202c مرحبا \u2067\u202e"],
  ["nothing to see", "\u200b\u200c\u200d\ufeff\u2060"],
  ["one long word", "가".repeat(10_000)],
];

test("whatever is typed into the forms is text, and every page holds", { tag: "@phone" }, async ({ page }) => {
  test.setTimeout(120_000);
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  await shopperWith(page, 5_000);
  for (const [what, text] of STRANGE) {
    await test.step(what, async () => {
      await page.goto("/wallet");
      await page.getByLabel("충전할 금액").fill(text);
      await page.getByRole("button", { name: "충전하기" }).click();
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByLabel("충전할 금액")).toHaveAttribute("aria-invalid", "true");
      await expectNoSidewaysScroll(page);

      // An address holds 64 KiB; the field takes a hundred letters.
      const sought = text.length > 5_000 ? "a".repeat(10_000) : text;
      await page.goto(`/products?q=${encodeURIComponent(sought)}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectNoSidewaysScroll(page);

      await page.goto(`/checkout?items=1%3A1&coupon=${encodeURIComponent(text.slice(0, 1_000))}`);
      await expect(page.getByRole("heading", { level: 1, name: "주문 확인" })).toBeVisible();
      await expectNoSidewaysScroll(page);
    });
  }
  expect(await page.locator("main script, main img[onerror]").count()).toBe(0);
  expect(dialogs).toEqual([]);
});

test("a name that runs right to left moves no price", { tag: "@phone" }, async ({ page, shop }, info) => {
  const mark = info.project.name.replaceAll(" ", "-");
  const name = `ספר \u202e${mark} مرحبا`;
  await shop.damda("product", "import", await csv(shop.folder, `RTL-${mark},ebook,${name},9900,100,true`));
  await shopperWith(page, 50_000);
  const id = await shop.sql(`SELECT id FROM products WHERE sku = 'RTL-${mark}'`);
  await page.goto(`/products/${id}`);
  await page.getByRole("button", { name: "담기" }).click();
  await page.goto("/checkout");
  await expect(page.getByRole("listitem").filter({ hasText: "₩9,900 × 1개" })).toBeVisible();
  await expectNoSidewaysScroll(page);
  // Every amount is drawn from left to right: the sign first.
  const drawn = await page.evaluate(() => {
    const wrong: string[] = [];
    const walker = document.createTreeWalker(document.querySelector("main")!, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode as Text;
      for (const found of text.data.matchAll(/₩[\d,]+/g)) {
        const at = (index: number) => {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + 1);
          return range.getBoundingClientRect();
        };
        const [sign, last] = [at(found.index), at(found.index + found[0].length - 1)];
        if (sign.width > 0 && sign.left >= last.left) wrong.push(text.data);
      }
    }
    return wrong;
  });
  expect(drawn).toEqual([]);
});

async function csv(folder: string, line: string): Promise<string> {
  const file = join(folder, "rtl.csv");
  await writeFile(file, `sku,category,name,price,stock,active\n${line}\n`);
  return file;
}

// ------------------------------------------------------------------ other fields than ours

test("a form with fields missing, twice or unknown is understood or refused, never half done", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  const form = page.locator("form#pay");
  const names = ["request_id", "expected_amount", "items", "coupon", "source", "owner", "seen"];
  const good = new URLSearchParams();
  for (const name of names) good.set(name, await hidden(form, name));
  good.set("consent", await consentTick(page).inputValue());
  const send = async (body: string) => {
    const answer = await page.request.post("/fn/place_order", {
      data: Buffer.from(body),
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" },
      maxRedirects: 0,
    });
    expect(answer.status(), body).toBe(303);
    return answer.headers()["location"]!;
  };
  for (const missing of ["request_id", "expected_amount", "items", "consent"]) {
    const fields = new URLSearchParams(good);
    fields.delete(missing);
    expect(await send(fields.toString()), `without ${missing}`).toMatch(/^\/checkout/);
  }
  // Somebody else's form.
  const foreign = new URLSearchParams(good);
  foreign.set("owner", "999999");
  expect(await send(foreign.toString())).toMatch(/^\/checkout/);
  expect(await ordersOf(page.request, who)).toEqual([]);
  // The first of a name counts, and what nobody asked for changes nothing.
  const path = await send(`${good}&request_id=other&expected_amount=1&items=1%3A9&unit_price=1&owner=1&__proto__=x&=`);
  expect(path).toMatch(/^\/orders\//);
  expect(await send(good.toString())).toBe(path);
  expect(await balanceOf(page.request, who)).toBe(40_100);
  expect(await ordersOf(page.request, who)).toHaveLength(1);
});

test("after buying, the page before is not kept and cannot buy again", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  const shown = await page.goto("/checkout");
  expect(shown?.headers()["cache-control"]).toBe("no-store");
  await pay(page);
  await expect(done(page)).toBeVisible();
  for (let turn = 0; turn < 2; turn += 1) {
    await page.goBack();
    await expect(page.getByRole("heading", { name: "주문할 상품이 없습니다" })).toBeVisible();
    await expect(payButton(page)).toHaveCount(0);
    await page.goForward();
    await expect(done(page)).toBeVisible();
  }
  expect(await ordersOf(page.request, who)).toHaveLength(1);
});
