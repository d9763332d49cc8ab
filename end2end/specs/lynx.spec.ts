// The shop in a real text browser: somebody who reads only English opens an account, charges, claims a
// coupon, buys and finds the order, by lynx' keys alone; and in Korean the pages read in a sensible order.
import { stranger } from "../helpers/people.ts";
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

    const toCheckout = () => new Keys().press("Cart, 1 item").press("Order for");
    const discounted = await lynx.use(home, toCheckout().find("Welcome: 10% off").key("<up>", "^J").press("Apply coupon"));
    expect(discounted).toContain("Review your order");
    console.log(discounted);
  } finally {
    await lynx.close();
  }
});
