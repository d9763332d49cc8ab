// Takes one picture of each page in each of its states, as each kind of person sees it. Judges nothing but
// that it is the page that is meant; the places are those of helpers/places.ts.
import { addToCart, charge, enter, login, member, register, said, stranger } from "../helpers/people.ts";
import { go, newcomersPlaces, operatorsPlaces, type Place, regularsPlaces, strangersPlaces } from "../helpers/places.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import type { Watch } from "../helpers/watch.ts";

test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off" } });
test.setTimeout(180_000);

async function picture(page: Page, who: string, name: string): Promise<void> {
  // As tall as the page, so that bars which stick to the window's edge stand at the picture's.
  const { width, height } = page.viewportSize()!;
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(height, whole) });
  await page.evaluate(async () => {
    // Pictures below the fold load when they are near.
    for (const image of document.querySelectorAll("img")) image.loading = "eager";
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    await document.fonts.ready;
  });
  await page.screenshot({ path: `screenshots/${who}/${name}-${test.info().project.name}.png` });
  await page.setViewportSize({ width, height });
}

async function pictures(page: Page, watch: Watch, who: string, places: Place[]): Promise<void> {
  for (const place of places) {
    if (place.status !== undefined) watch.expectStatus(place.status, place.path.split("?")[0]!);
    await go(page, place);
    await picture(page, who, place.name);
  }
}

test("a stranger's pages", async ({ page, watch }) => {
  await pictures(page, watch, "stranger", await strangersPlaces(page));
});

test("a newcomer's pages", async ({ page, watch }) => {
  await login(page, await member(page.request));
  await pictures(page, watch, "newcomer", newcomersPlaces());
});

test("a regular's pages", async ({ page, watch }) => {
  const { places } = await regularsPlaces(page);
  await pictures(page, watch, "shopper", places);
});

test("an operator's pages", async ({ page, watch, shop }) => {
  await pictures(page, watch, "operator", await operatorsPlaces(page, shop));
});

test("what forms answer", async ({ page, shop }) => {
  await page.goto("/login");
  await enter(page, stranger());
  await expect(said(page, "alert")).toBeVisible();
  await picture(page, "answers", "login-refused");

  await page.goto("/register");
  await page.getByLabel("이름").fill("홍길동");
  await page.getByLabel("이메일").fill(shop.shopper.email);
  await page.getByLabel("비밀번호").fill("long-enough");
  await page.getByLabel("만 14세 이상입니다").check();
  await page.getByRole("button", { name: "가입하기" }).click();
  await expect(page.getByLabel("이메일")).toHaveAttribute("aria-invalid", "true");
  await picture(page, "answers", "register-taken");

  await register(page);
  await picture(page, "answers", "register-welcome");
  await charge(page, 50_000);
  await picture(page, "answers", "charge-done");
  await page.getByLabel("충전할 금액").fill("999");
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(page.getByLabel("충전할 금액")).toHaveAttribute("aria-invalid", "true");
  await picture(page, "answers", "charge-refused");
  await addToCart(page, "느린 아침의 기록", 2);
  await picture(page, "answers", "cart-added");
  await page.goto("/coupons");
  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(page, "status")).toBeVisible();
  await picture(page, "answers", "coupon-claimed");
});

test("some pages in English", async ({ page, context, shop }) => {
  await context.addCookies([{ name: "lang", value: "en", url: shop.url }]);
  for (const [name, path] of [["home", "/"], ["product", "/products/1"], ["coupons", "/coupons"], ["login", "/login"]] as const) {
    await page.goto(path);
    await picture(page, "english", name);
  }
});
