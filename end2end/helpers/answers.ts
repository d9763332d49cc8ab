// What forms answer, right and wrong: states of pages that no address leads to.
import { hidden, type Person, said, stranger } from "./people.ts";
import type { Shop } from "./shop.ts";
import { TONGUES } from "./tongue.ts";
import { expect, type Page } from "./test.ts";
import type { Lang } from "./words.ts";

/** Brings the page into one state after the other, for somebody who reads `lang` (the page already does),
 *  and names each. Begins as a stranger. */
export async function* formAnswers(page: Page, shop: Shop, lang: Lang): AsyncGenerator<string> {
  const say = TONGUES[lang];
  const main = page.getByRole("main");
  const field = (name: string) => main.getByLabel(name, { exact: true });
  const send = (name: string) => main.getByRole("button", { name, exact: true }).click();
  const register = async (who: Person) => {
    await page.goto("/register");
    await field(say.register.name).fill(who.name);
    await field(say.register.email).fill(who.email);
    await field(say.register.password).fill(who.password);
    await field(say.register.age).check();
    await send(say.register.button);
  };
  const charge = async (amount: string) => {
    await page.goto("/wallet");
    await field(say.wallet.amount).fill(amount);
    await send(say.wallet.button);
  };
  const who = stranger(say.person);

  await page.goto("/login");
  await field(say.register.email).fill(who.email);
  await field(say.register.password).fill(who.password);
  await send(say.login.heading);
  await expect(said(page, "alert")).toBeVisible();
  yield "login-refused";

  await register({ ...who, email: shop.shopper.email });
  await expect(field(say.register.email)).toHaveAttribute("aria-invalid", "true");
  yield "register-taken";
  await register({ ...who, password: "short" });
  await expect(field(say.register.password)).toHaveAttribute("aria-invalid", "true");
  yield "register-refused";
  await register(who);
  await expect(said(page, "status")).toContainText(say.register.done);
  yield "register-welcome";

  await charge("999");
  await expect(field(say.wallet.amount)).toHaveAttribute("aria-invalid", "true");
  yield "charge-refused";
  await charge("50000");
  await expect(said(page, "status")).toContainText(say.wallet.done);
  yield "charge-done";

  await page.goto("/coupons");
  await send(say.coupons.claim);
  await expect(said(page, "status")).toContainText(say.coupons.done);
  yield "coupon-claimed";

  await page.goto("/products/1");
  await field(say.product.quantity).selectOption({ label: say.product.two });
  await send(say.product.add);
  await expect(said(page, "status")).toContainText(say.product.done);
  yield "cart-added";

  // The form of a page that was opened when the price was another.
  await page.goto("/checkout");
  const facts: Record<string, string> = { consent: await field(say.checkout.agree).inputValue(), expected_amount: "17000", seen: "1:8500" };
  for (const name of ["request_id", "items", "coupon", "source", "owner"]) facts[name] = await hidden(page.locator("form#pay"), name);
  const refused = await page.request.post("/fn/place_order", { form: facts, maxRedirects: 0 });
  await page.goto(refused.headers()["location"]!);
  await expect(main.locator("del")).toHaveCount(2);
  yield "checkout-price-changed";

  const answer = await page.request.post("/api/v1/auth/login", { data: { email: who.email, password: who.password } });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  for (let turn = 0; turn < 5; turn += 1) {
    const over = await page.request.post("/api/v1/coupons/AUTUMN15/claims", { headers: { Authorization: `Bearer ${token}` } });
    expect([409, 429]).toContain(over.status());
  }
  await page.goto("/checkout");
  await expect(main.locator("button[disabled][aria-describedby=pay-reason]")).toBeVisible();
  yield "checkout-blocked";
  await page.goto("/coupons");
  await expect(main.locator("#claim-pause")).toBeVisible();
  yield "coupons-blocked";
}
