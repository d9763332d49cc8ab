// Somebody who reads only Korean, and somebody who reads only English, come to the shop for the first time,
// open an account, charge, claim a coupon, find something, buy it and find the order again (helpers/journey.ts):
// with one thumb on a telephone, by keyboard alone on a desktop, and in a text browser.
import { Keyboard, TextBrowser, Thumb } from "../helpers/hands.ts";
import { buy } from "../helpers/journey.ts";
import { test } from "../helpers/test.ts";

test.setTimeout(120_000);
test.describe.configure({ mode: "parallel" });

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
