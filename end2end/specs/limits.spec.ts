// The limits as a shopper meets them: a calm sentence with a time, and nothing lost.
import { buyNow, enter, ordersOf, pay, payButton, said, shopperWith, stranger } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "1/60s", CLAIM_LIMIT: "1/60s", LOGIN_LIMIT: "3/60s" } });

test("a second order too soon is put off, and the first one stands", { tag: "@js" }, async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  await buyNow(page, "새벽 시장");
  await pay(page);
  await expect(said(page, "alert")).toContainText("잠시만 기다려 주세요");
  await expect(said(page, "alert")).toContainText(/\d\d:\d\d:\d\d\(한국 시간\)부터/);
  await expect(payButton(page)).toBeDisabled();
  await expect(payButton(page)).toHaveAccessibleDescription(/^\d\d:\d\d:\d\d.\(KST\).?부터 결제할 수 있습니다\.$/);
  await expect(page.getByRole("timer")).toHaveText(/\d초 남았습니다/);
  expect(await ordersOf(page.request, who)).toHaveLength(1);
});

test("a second claim too soon is put off", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  await page.goto("/coupons");
  await page.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" }).click();
  await expect(said(page, "status")).toContainText("쿠폰을 받았습니다");
  await page.getByRole("button", { name: "감사 쿠폰 3,000원 쿠폰 받기" }).click();
  await expect(said(page, "alert")).toContainText("잠시만 기다려 주세요");
  const claim = page.getByRole("button", { name: "감사 쿠폰 3,000원 쿠폰 받기" });
  await expect(claim).toBeDisabled();
  await expect(claim).toHaveAccessibleDescription(/부터 다시 받을 수 있습니다/);
});

test("too many logins from one address are put off with a page of the shop", { tag: "@js" }, async ({ page }) => {
  const who = stranger();
  for (let turn = 0; turn < 3; turn += 1) {
    await page.goto("/login");
    await enter(page, who);
    await expect(page).toHaveURL(/\/login/);
  }
  await page.goto("/login");
  await enter(page, who);
  await expect(said(page, "alert")).toContainText("잠시만 기다려 주세요");
  await expect(page.getByLabel("이메일")).toHaveValue(who.email);
});
