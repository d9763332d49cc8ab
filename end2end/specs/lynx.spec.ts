// The shop in a real text browser: somebody who reads only English opens an account, charges, claims a
// coupon, buys and finds the order, by lynx' keys alone.
import { ordersOf, stranger } from "../helpers/people.ts";
import { Keys, Lynx } from "../helpers/lynx.ts";
import { expect, test } from "../helpers/test.ts";

test.setTimeout(120_000);

test("somebody who reads only English buys in lynx and finds the order again", { tag: "@nojs" }, async ({ shop, request }) => {
  const who = stranger("Jane Reader");
  const lynx = await Lynx.open();
  try {
    const home = `${shop.url}/`;
    const welcome = await lynx.use(
      home,
      new Keys()
        .press("Log in")
        .press("Create an account")
        .write("Name", who.name)
        .write("E-mail", who.email)
        // After the password comes the tick that one is old enough.
        .write("Password", who.password)
        .key("^J")
        .press("Create account"),
    );
    expect(welcome).toContain("Welcome");

    // The button is the last thing before the statement.
    const charged = await lynx.use(home, new Keys().press("Wallet balance").write("Amount to charge", "50000").find("Statement").key("<up>", "^J"));
    expect(charged).toContain("₩50,000 charged");

    const claimed = await lynx.use(home, new Keys().press("Coupons").press("Welcome: 10% off"));
    expect(claimed).toContain("Coupon claimed");

    const added = await lynx.use(home, new Keys().press("Products").press("E-books").press("Notes from Slow Mornings").press("Add to cart"));
    expect(added).toContain("Added to your cart");

    // After the choice of no coupon comes the one coupon there is; after the way to the whole notice, on the line
    // above it, the button that pays.
    const toPay = new Keys()
      .press("Order for")
      .find("Coupon to use")
      .key("<tab>", "^J")
      .press("Apply coupon")
      .find("I have read this")
      .key("^J")
      .find("Read all about")
      .key("<tab>", "^J");
    expect(await lynx.use(`${shop.url}/cart`, toPay)).toContain("Your order is complete");

    const found = await lynx.use(home, new Keys().press("Orders").press("Notes from Slow Mornings"));
    expect(found).toContain("Your order is complete");
    expect(await lynx.read(`${shop.url}/wallet`)).toMatch(/₩41,180[\s\S]*Order payment[\s\S]*-₩8,820[\s\S]*Charge[\s\S]*\+₩50,000/);
  } finally {
    await lynx.close();
  }

  const { access_token } = (await (await request.post("/api/v1/auth/login", { data: { email: who.email, password: who.password } })).json()) as { access_token: string };
  const orders = await ordersOf(request, { ...who, token: access_token });
  expect(orders.map(({ status, final_amount }) => ({ status, final_amount }))).toEqual([{ status: "COMPLETED", final_amount: 8_820 }]);
});
