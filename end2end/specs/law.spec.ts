// What a Korean shop must show, and the consent it must ask for, as a shopper meets them.
import { addToCart, balanceOf, buyNow, consentTick, ordersOf, pay, payButton, shopperWith } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });

const ORDER_PAGE = /\/orders\/[0-9a-f-]{36}$/;

test("who sells, and on which terms, stands at the foot of the first page", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/");
  const foot = page.getByRole("contentinfo");
  for (const detail of ["상호", "대표자", "사업자등록번호", "통신판매업 신고번호", "주소", "전화", "이메일", "호스팅 제공자"]) {
    await expect(foot.getByText(detail, { exact: true }), detail).toBeVisible();
  }
  await expect(foot).toContainText("실제 사업자가 아닙니다");
  for (const name of ["이용약관", "개인정보 처리방침", "청약철회와 환불"]) {
    await foot.getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("main")).toContainText("2026-11-23");
    await page.goBack();
  }
});

test("the contents of the terms lead to their parts", async ({ page }) => {
  await page.goto("/terms");
  await page.getByRole("navigation", { name: "차례" }).getByRole("link", { name: /제8조/ }).click();
  await expect(page).toHaveURL(/#part-8$/);
  await expect(page.getByRole("heading", { name: /제8조/ })).toBeInViewport();
});

test("the browser itself asks for the tick before it pays", { tag: "@js" }, async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await payButton(page).click();
  await expect(consentTick(page)).toBeFocused();
  await expect(page).toHaveURL(/\/checkout/);
  expect(await ordersOf(page.request, who)).toHaveLength(0);
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
});

test("without the tick the shop pays nothing and says so beside it", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "밤 버스", 2);
  await page.goto("/checkout");
  // As a browser does that does not know `required`.
  const form = page.locator("form").filter({ has: payButton(page) });
  const fields = await form.locator("input[type=hidden]").evaluateAll((inputs) =>
    Object.fromEntries(inputs.map((input) => [(input as HTMLInputElement).name, (input as HTMLInputElement).value])),
  );
  const answer = await page.request.post("/fn/place_order", { form: fields, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
  await page.goto(answer.headers()["location"]!);
  await expect(consentTick(page)).toHaveAccessibleDescription(/동의해 주세요/);
  await expect(consentTick(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("main")).toContainText("₩19,800");
  expect(await balanceOf(page.request, who)).toBe(50_000);
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  expect(await balanceOf(page.request, who)).toBe(30_200);
});

test("a coupon can be applied before anything is agreed to", async ({ page }) => {
  const who = await shopperWith(page, 50_000);
  const claimed = await page.request.post("/api/v1/coupons/WELCOME10/claims", { headers: { Authorization: `Bearer ${who.token}` } });
  expect(claimed.status()).toBe(201);
  await buyNow(page, "밤 버스");
  await page.getByRole("radio", { name: /반가워요/ }).check();
  await page.getByRole("button", { name: "쿠폰 적용" }).click();
  await expect(page.getByRole("button", { name: "₩8,910 결제하기" })).toBeVisible();
  await expect(consentTick(page)).not.toBeChecked();
});

test("an order shows what was agreed to, word for word, and its receipt", async ({ page }) => {
  await shopperWith(page, 50_000);
  await buyNow(page, "밤 버스");
  await pay(page);
  await expect(page).toHaveURL(ORDER_PAGE);
  const order = page.url();
  await expect(page.getByRole("main")).toContainText("청약철회 안내에 동의함");
  await page.getByRole("link", { name: "동의한 안내 보기" }).click();
  await expect(page.getByRole("main")).toContainText("전자상거래법 제17조 제2항");
  await page.goto(order);
  await page.getByRole("link", { name: "영수증 보기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "영수증" })).toBeVisible();
  for (const part of ["밤 버스", "₩9,900", "지갑 잔액", "(KST)", "사업자등록번호"]) {
    await expect(page.getByRole("main")).toContainText(part);
  }
  await page.getByRole("link", { name: "주문으로 돌아가기" }).click();
  await expect(page).toHaveURL(order);
});
