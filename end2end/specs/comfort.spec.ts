// What only some people ask of a page: rest for those whom motion makes ill, paper, colours of their own,
// a keyboard that reaches everything and is held nowhere.
import { Keyboard } from "../helpers/hands.ts";
import { longestMotion } from "../helpers/look.ts";
import { addToCart, buyNow, pay, shopperWith } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });
test.describe.configure({ mode: "parallel" });

test("buttons move a little, and not at all for those who ask for rest", { tag: "@js" }, async ({ page }) => {
  await page.goto("/");
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect((await longestMotion(page)).seconds).toBeGreaterThan(0.05);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await longestMotion(page)).toEqual({ seconds: 0, what: "" });
});

test("an order is printed as ink on paper, also at night, without what can only be pressed", { tag: "@js" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  const colours = () =>
    page.evaluate(() => {
      const of = (element: Element) => getComputedStyle(element);
      return { paper: of(document.documentElement).backgroundColor, ink: of(document.querySelector("h1")!).color };
    });
  await page.emulateMedia({ colorScheme: "dark" });
  expect((await colours()).paper).toBe("rgb(15, 18, 17)");
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  expect(await colours()).toEqual({ paper: "rgb(255, 255, 255)", ink: "rgb(20, 24, 22)" });
  for (const what of ["banner", "contentinfo", "button", "navigation"] as const) {
    for (const one of await page.getByRole(what, { includeHidden: true }).all()) await expect(one, what).toBeHidden();
  }
  await expect(page.getByRole("main")).toContainText("밤 버스");
  await expect(page.getByRole("main")).toContainText("결제한 금액");
  // Night that was chosen in the footer is no reason to print in it either.
  await page.emulateMedia({ colorScheme: "light", media: "print" });
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  expect((await colours()).paper).toBe("rgb(255, 255, 255)");
  const printed = await page.pdf({ format: "A4", printBackground: false });
  const pages = printed.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length;
  expect(pages, "an order of one line fits one sheet").toBe(1);
});

/** How many different colours a part of the page is painted in. */
async function coloursOf(page: Page, selector: string): Promise<number> {
  const picture = await page.locator(selector).first().screenshot();
  return page.evaluate(async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    const seen = new Set<string>();
    for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join(","));
    return seen.size;
  }, picture.toString("base64"));
}

test("in the reader's own colours everything still shows what it is", { tag: "@js" }, async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await shopperWith(page, 50_000);
  await page.goto("/products/1");
  for (const button of await page.getByRole("main").getByRole("button").all()) {
    const { width, style } = await button.evaluate((element) => {
      const { borderTopWidth, borderTopStyle } = getComputedStyle(element);
      return { width: Number.parseFloat(borderTopWidth), style: borderTopStyle };
    });
    expect(style, `${button} has an edge`).toBe("solid");
    expect(width, `${button} has an edge`).toBeGreaterThanOrEqual(1);
  }
  // An arrow says that the list opens: more than the text's colour on the background's.
  expect(await page.getByLabel("수량").evaluate((list) => getComputedStyle(list).appearance)).toBe("auto");
  await page.goto("/coupons");
  expect(await coloursOf(page, "progress"), "how much is left is painted").toBeGreaterThanOrEqual(3);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "본문으로 건너뛰기" })).toBeFocused();
  await new Keyboard(page).expectShown();
});

/** Every element that a keyboard should come to. Of a group of radio buttons only one is. */
async function stopsOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const stops = new Set<string | Element>();
    for (const element of document.querySelectorAll<HTMLElement>("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")) {
      if (element.matches(":disabled, [tabindex='-1']") || !element.checkVisibility({ checkVisibilityCSS: true })) continue;
      stops.add(element.matches("[type=radio]") ? `radio ${element.getAttribute("name")}` : element);
    }
    return stops.size;
  });
}

test("the skip link skips, and tab reaches everything in order and is held nowhere", { tag: "@js" }, async ({ page }) => {
  await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스");
  const keyboard = new Keyboard(page);
  for (const path of ["/", "/products", "/products/1", "/cart", "/checkout", "/wallet", "/coupons", "/account"]) {
    await page.goto(path);
    const expected = await stopsOf(page);
    await page.keyboard.press("Tab");
    await expect(page.getByRole("link", { name: "본문으로 건너뛰기" })).toBeFocused();
    const stops: string[] = ["skip link"];
    // After the last one the page lets go, or the browser begins again at once.
    for (;;) {
      await page.keyboard.press("Tab");
      await keyboard.expectShown();
      const stop = await page.evaluate(() => (document.activeElement?.matches("body, .skip-link") ? "" : document.activeElement!.outerHTML.slice(0, 100)));
      if (stop === "" || stops.length > 2 * expected) break;
      stops.push(stop);
    }
    expect(stops.length, `stops on ${path}: ${stops.join("\n")}`).toBe(expected);

    await page.goto(path);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/#main$/);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("main") !== null), `after skipping on ${path} one is inside`).toBe(true);
  }
});
