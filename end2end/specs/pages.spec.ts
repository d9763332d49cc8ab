// What every page owes everybody: one heading, a title, a language, no sideways scrolling, pictures that
// can be told, a keyboard that reaches what it must, and nothing that axe finds in light or dark.
import type { Watch } from "../helpers/watch.ts";
import { addToCart, expectAccessible, expectNoSidewaysScroll, login, member, payButton, shopperWith } from "../helpers/people.ts";
import { go, newcomersPlaces, operatorsPlaces, type Place, regularsPlaces, strangersPlaces } from "../helpers/places.ts";
import { desktop, phone } from "../playwright.config.ts";
import { expect, type Page, test } from "../helpers/test.ts";

// Everything is asked of one page after another.
test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off" } });
test.setTimeout(180_000);
// The longest file: both workers take a share.
test.describe.configure({ mode: "parallel" });

/** What is wrong with the page that is open, as a person would say it. */
async function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const html = document.documentElement;
    if (html.lang !== "ko") found.push(`lang is “${html.lang}”`);
    if (!/\S · 담다$/.test(document.title)) found.push(`title is “${document.title}”`);
    if (!document.querySelector("meta[name=description][content]")) found.push("no description");
    for (const [selector, count] of [["h1", 1], ["main", 1], ["header.topbar", 1]] as const) {
      const there = document.querySelectorAll(selector).length;
      if (there !== count) found.push(`${there} ${selector}`);
    }
    for (const element of document.querySelectorAll("*")) {
      for (const { name } of element.attributes) {
        if (name === "style" || name.startsWith("on")) found.push(`inline ${name}: ${element.outerHTML.slice(0, 120)}`);
      }
    }
    for (const image of document.querySelectorAll("img:not([alt])")) found.push(`no alt: ${image.outerHTML}`);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) found.push(`id “${id}” twice`);
    for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute)!.split(/\s+/)) {
          if (!document.getElementById(id)) found.push(`${attribute} names “${id}”, which is not there`);
        }
      }
    }
    for (const link of document.querySelectorAll("a[href^='#']")) {
      if (!document.querySelector(link.getAttribute("href")!)) found.push(`${link.outerHTML} leads nowhere`);
    }
    return found;
  });
}

async function judge(page: Page, watch: Watch, places: Place[], withAxe: boolean): Promise<void> {
  for (const place of places) {
    if (place.status !== undefined) watch.expectStatus(place.status, place.path.split("?")[0]!);
    await test.step(place.name, async () => {
      await page.setViewportSize(phone);
      await go(page, place);
      expect.soft(await faults(page), place.name).toEqual([]);
      await expectNoSidewaysScroll(page);
      if (withAxe) {
        await page.emulateMedia({ colorScheme: "light" });
        await expectAccessible(page);
      }
      await page.setViewportSize(desktop);
      await expectNoSidewaysScroll(page);
      if (withAxe) {
        await page.emulateMedia({ colorScheme: "dark" });
        await expectAccessible(page, "colours");
      }
    });
  }
}

test("a stranger's pages are whole", async ({ page, watch, javaScriptEnabled }) => {
  await judge(page, watch, await strangersPlaces(page), javaScriptEnabled !== false);
});

test("a newcomer's pages are whole", { tag: "@js" }, async ({ page, watch }) => {
  await login(page, await member(page.request));
  await judge(page, watch, newcomersPlaces(), true);
});

test("what is in a regular's cart and checkout is whole", { tag: "@js" }, async ({ page, watch }) => {
  const { places } = await regularsPlaces(page);
  await judge(page, watch, places.filter(({ name }) => /cart|checkout/.test(name)), true);
});

test("a regular's other pages are whole", { tag: "@js" }, async ({ page, watch }) => {
  const { places } = await regularsPlaces(page);
  await judge(page, watch, places.filter(({ name }) => !/cart|checkout/.test(name)), true);
});

test("an operator's pages are whole", { tag: "@js" }, async ({ page, watch, shop }) => {
  await judge(page, watch, await operatorsPlaces(page, shop), true);
});

test("what forms answer is accessible too", { tag: "@js" }, async ({ page, shop }) => {
  const both = async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page, "colours");
  };
  await page.goto("/register");
  await page.getByLabel("이름").fill("홍길동");
  await page.getByLabel("이메일").fill(shop.shopper.email);
  await page.getByLabel("비밀번호").fill("long-enough");
  await page.getByLabel("만 14세 이상입니다").check();
  await page.getByRole("button", { name: "가입하기" }).click();
  await expect(page.getByLabel("이메일")).toHaveAttribute("aria-invalid", "true");
  await both();
  await shopperWith(page, 1_000);
  await page.goto("/wallet");
  await page.getByLabel("충전할 금액").fill("999");
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(page.getByLabel("충전할 금액")).toHaveAttribute("aria-invalid", "true");
  await both();
  await addToCart(page, "밤 버스");
  await both();
});

test("the pages are whole in English too", { tag: "@js" }, async ({ page, context, shop }) => {
  await context.addCookies([{ name: "lang", value: "en", url: shop.url }]);
  for (const path of ["/", "/products", "/products/1", "/products/11", "/coupons", "/cart", "/login", "/register"]) {
    await page.setViewportSize(phone);
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    // What the shop itself says: names of products and people may be Korean.
    const said = await page.locator("button, label, h1, h2, nav, .notice, .badge, .field-hint").allInnerTexts();
    expect(said.filter((text) => /\p{Script=Hangul}/u.test(text.replaceAll("한국어", ""))), path).toEqual([]);
  }
});

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const focused = page.locator(":focus");
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const text = (await focused.count()) === 0 ? "" : await focused.evaluate((element) => element.getAttribute("aria-label") ?? (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? "");
    if (typeof name === "string" ? text.trim() === name : name.test(text)) {
      const ring = await focused.evaluate((element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { outlineStyle, width: Number.parseFloat(outlineWidth) };
      });
      expect(ring.outlineStyle, `focus on ${name}`).not.toBe("none");
      expect(ring.width, `focus on ${name}`).toBeGreaterThanOrEqual(2);
      await expect(focused).toBeInViewport({ ratio: 0.9 });
      return;
    }
  }
  throw new Error(`eighty tabs did not reach ${name}`);
}

test("a keyboard alone buys, and always shows where it is", async ({ page }) => {
  await shopperWith(page, 50_000);
  await page.goto("/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "본문으로 건너뛰기" })).toBeFocused();
  await expect(page.getByRole("link", { name: "본문으로 건너뛰기" })).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/#main");

  await page.goto("/products/1");
  await tabTo(page, "수량");
  await page.keyboard.press("ArrowDown");
  await tabTo(page, "담기");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status")).toContainText("장바구니에 2개 담았습니다");
  await tabTo(page, "장바구니 보기");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/cart");
  await tabTo(page, /주문하기$/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/checkout");
  await tabTo(page, /결제하기$/);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
});

test("the pay button stays in sight on a telephone", { tag: "@phone" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await page.setViewportSize(phone);
  await addToCart(page, "밤 버스");
  await page.goto("/checkout");
  await expect(payButton(page)).toBeInViewport({ ratio: 1 });
  // Nothing lies on top of it, and a thumb finds it.
  await payButton(page).click({ trial: true });
  expect((await payButton(page).boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await expect(page.getByRole("contentinfo").getByRole("button", { name: "어둡게" })).toBeInViewport({ ratio: 1 });
  await page.getByRole("contentinfo").getByRole("button", { name: "어둡게" }).click({ trial: true });
});

test("every page says how it may be used by others", { tag: "@nojs" }, async ({ page }) => {
  for (const path of ["/", "/products/1", "/login", "/no-such-page", "/covers/ebook-001.svg", "/pkg/damda.css"]) {
    const headers = (await page.request.get(path)).headers();
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"], path).not.toContain("unsafe-inline");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["referrer-policy"], path).toBeTruthy();
  }
});
