// Somebody who reads only Korean, and somebody who reads only English, come to the shop for the first time,
// open an account, charge, claim a coupon, find something, buy it and find the order again: with one thumb on
// a telephone, by keyboard alone on a desktop, and in a text browser. Nobody types an address, everybody only
// follows what the pages offer, and at every step the page says, in their language, what happened.
import { type Hands, Keyboard, TextBrowser, Thumb } from "../helpers/hands.ts";
import { expectNoSidewaysScroll, stranger } from "../helpers/people.ts";
import { TONGUES } from "../helpers/tongue.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import { foreignWords, type Lang } from "../helpers/words.ts";

test.setTimeout(120_000);
test.describe.configure({ mode: "parallel" });

/** Waits until the page that was read before has made way for the next, and that is there in whole. */
async function turned(page: Page): Promise<void> {
  await expect(page.locator("html:not([data-read])")).toBeAttached();
  await page.waitForLoadState();
}

/** The whole way. The browser's language is the only thing the shop knows about its reader. */
async function buy(hands: Hands, lang: Lang): Promise<void> {
  const { page } = hands;
  const say = TONGUES[lang];
  const main = page.getByRole("main");
  const banner = page.getByRole("banner");
  const link = (name: string | RegExp) => main.getByRole("link", { name, exact: true });
  const button = (name: string) => main.getByRole("button", { name, exact: true });
  const field = (name: string) => main.getByLabel(name, { exact: true });

  /** The page that came says where one is and, after a deed, what came of it; all of it can be read. Some pages
   *  lead to themselves under the same heading, so the page that was read before must have gone first. */
  const reads = async (heading: string, told?: string): Promise<void> => {
    await turned(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
    if (told !== undefined) await expect(main.getByRole("status")).toContainText(told);
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    expect(await foreignWords(page, lang), `what nobody can read who reads only ${lang}`).toEqual([]);
    await expectNoSidewaysScroll(page);
    await page.evaluate(() => document.documentElement.setAttribute("data-read", ""));
  };
  const goTo = async (part: "products" | "coupons" | "orders" | "wallet"): Promise<void> => {
    if (hands.bar === "bottom") {
      const name = part === "wallet" ? say.nav.walletTab : say.nav[part];
      await hands.press(page.getByRole("navigation", { name: say.nav.bottom }).getByRole("link", { name, exact: true }));
    } else if (part === "wallet") {
      await hands.press(banner.getByRole("link", { name: say.nav.wallet }));
    } else {
      await hands.press(page.getByRole("navigation", { name: say.nav.top }).getByRole("link", { name: say.nav[part], exact: true }));
    }
  };

  await page.goto("/");
  await reads(say.front);

  await hands.press(banner.getByRole("link", { name: say.login.link }));
  await reads(say.login.heading);
  await hands.press(link(say.register.link));
  await reads(say.register.heading);
  const who = stranger(say.person);
  await hands.write(field(say.register.name), who.name);
  await hands.write(field(say.register.email), who.email);
  await hands.write(field(say.register.password), who.password);
  await hands.mark(main.getByRole("checkbox", { name: say.register.age, exact: true }));
  await hands.act(button(say.register.button));
  await reads(say.front, say.register.done);

  await goTo("wallet");
  await reads(say.wallet.heading);
  await hands.write(field(say.wallet.amount), "50000");
  await hands.act(button(say.wallet.button));
  await reads(say.wallet.heading, say.wallet.done);

  await goTo("coupons");
  await reads(say.coupons.heading);
  await hands.act(button(say.coupons.claim));
  await reads(say.coupons.heading, say.coupons.done);

  await goTo("products");
  await reads(say.nav.products);
  await hands.write(field(say.find.field), say.product.name);
  await hands.press(button(say.find.button));
  await reads(say.nav.products);
  await expect(main).toContainText(say.find.result);
  await hands.act(main.getByRole("link", { name: say.product.name }));
  await reads(say.product.name);
  await hands.choose(field(say.product.quantity), say.product.two);
  await hands.act(button(say.product.add));
  await reads(say.product.name, say.product.done);

  await hands.press(link(say.product.onward));
  await reads(say.cart.heading);
  await hands.act(link(say.cart.order));
  await reads(say.checkout.heading);
  await hands.mark(main.getByRole("radio", { name: say.checkout.coupon }));
  await hands.press(button(say.checkout.apply));
  await reads(say.checkout.heading);
  await expect(main).toContainText(say.checkout.sum);
  await hands.mark(main.getByRole("checkbox", { name: say.checkout.agree, exact: true }));
  await hands.act(button(say.checkout.pay));
  await reads(say.order.heading);
  await expect(main).toContainText(say.order.state);
  await expect(main).toContainText(say.order.paid);
  await expect(main).toContainText("₩17,640");
  await expect(main).toContainText(say.product.name);
  const order = page.url();

  await goTo("orders");
  await reads(say.orders.heading);
  await hands.press(main.getByRole("link", { name: say.product.name }));
  await reads(say.order.heading);
  expect(page.url()).toBe(order);

  await goTo("wallet");
  await reads(say.wallet.heading);
  await expect(main).toContainText(say.wallet.balance);
  await expect(main).toContainText(say.wallet.payment);
}

const readers = [
  { lang: "ko", locale: "ko-KR", who: "somebody who reads only Korean" },
  { lang: "en", locale: "en-US", who: "somebody who reads only English" },
] as const;

for (const { lang, locale, who } of readers) {
  test.describe(`${who} buys and finds it again`, () => {
    test.use({ locale });

    test.describe("on a telephone", () => {
      test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
      test("with one thumb", { tag: "@js" }, async ({ page }) => buy(new Thumb(page), lang));
    });

    test("on a desktop, by keyboard alone", { tag: "@js" }, async ({ page }) => buy(new Keyboard(page), lang));

    test("in a text browser", { tag: "@nojs" }, async ({ page }) => buy(await TextBrowser.open(page), lang));
  });
}
