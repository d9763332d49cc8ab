// The whole way from a stranger to an owner, as the pages lead: nobody types an address, and at every step the
// page says, in its reader's language, what happened. Whoever has hands (hands.ts) can go it, on one shop or
// through many instances of it.
import type { Hands } from "./hands.ts";
import { expectNoSidewaysScroll, stranger } from "./people.ts";
import { TONGUES } from "./tongue.ts";
import { expect, type Page } from "./test.ts";
import { foreignWords, type Lang } from "./words.ts";

/** Waits until the page that was read before has made way for the next, and that is there in whole. */
async function turned(page: Page): Promise<void> {
  await expect(page.locator("html:not([data-read])")).toBeAttached();
  await page.waitForLoadState();
}

/** The whole way. The browser's language is the only thing the shop knows about its reader. */
export async function buy(hands: Hands, lang: Lang): Promise<void> {
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
