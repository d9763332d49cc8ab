// A wallet that is too light, and amounts that cannot be charged.
import { balanceOf, buyNow, charge, consentTick, hidden, ordersOf, pay, payButton, said, shopperWith, sum } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

// These tests order twice within a second.
test.use({ settings: { ORDER_LIMIT: "off" } });

test("a short balance is said with what is missing, charged right there, and then paid", { tag: "@phone" }, async ({ page }) => {
  const who = await shopperWith(page, 5_000);
  await buyNow(page, "느린 아침의 기록", 2);
  await expect(sum(page, "결제할 금액")).toHaveText("₩19,600");
  await expect(sum(page, "지금 잔액")).toHaveText("₩5,000");
  await expect(sum(page, "모자란 금액")).toHaveText("₩14,600");
  await expect(page.getByText("잔액이 ₩14,600 모자랍니다")).toBeVisible();
  await expect(payButton(page)).toBeDisabled();
  await expect(payButton(page)).toHaveAccessibleDescription("잔액을 채우면 결제할 수 있습니다.");

  await expect(page.getByLabel("충전할 금액")).toHaveValue("14,600");
  await page.getByRole("button", { name: "충전하고 돌아오기" }).click();
  await expect(said(page, "status")).toContainText("₩14,600을 충전했습니다");
  await expect(page.getByRole("heading", { level: 1, name: "주문 확인" })).toBeVisible();
  await expect(sum(page, "결제 후 잔액")).toHaveText("₩0");
  await consentTick(page).check();
  await page.getByRole("button", { name: "₩19,600 결제하기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await balanceOf(page.request, who)).toBe(0);
});

test("less than the least charge is missing: the least is offered", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 9_000);
  await buyNow(page, "느린 아침의 기록");
  await expect(sum(page, "모자란 금액")).toHaveText("₩800");
  await expect(page.getByLabel("충전할 금액")).toHaveValue("1,000");
});

test("more than one charge is missing: the page says how many it takes, and they do", async ({ page }) => {
  await shopperWith(page, 1_000);
  await buyNow(page, "너른들 고딕", 3);
  await expect(sum(page, "모자란 금액")).toHaveText("₩146,000");
  await expect(page.getByLabel("충전할 금액")).toHaveAccessibleDescription(/2번 충전/);
  await page.getByRole("button", { name: "충전하고 돌아오기" }).click();
  await expect(sum(page, "모자란 금액")).toHaveText("₩46,000");
  await page.getByRole("button", { name: "충전하고 돌아오기" }).click();
  await expect(payButton(page)).toBeEnabled();
});

test("a balance spent in another tab refuses the order and says what is missing now", async ({ page, context }) => {
  const who = await shopperWith(page, 12_000);
  await buyNow(page, "느린 아침의 기록");
  const other = await context.newPage();
  await buyNow(other, "새벽 시장");
  await pay(other);
  await expect(other.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  await pay(page);
  await expect(said(page, "alert")).toContainText("잔액이 ₩2,700 모자랍니다");
  await expect(said(page, "alert")).toContainText("빠져나간 돈은 없습니다.");
  await expect(payButton(page)).toBeDisabled();
  expect(await balanceOf(page.request, who)).toBe(7_100);
  expect((await ordersOf(page.request, who)).filter((order) => order.status === "COMPLETED")).toHaveLength(1);
});

const impossible: [amount: string, says: RegExp][] = [
  ["999", /1,000원부터 100,000원까지, 10원 단위/],
  ["1005", /1,000원부터 100,000원까지, 10원 단위/],
  ["100001", /1,000원부터 100,000원까지, 10원 단위/],
  ["100010", /1,000원부터 100,000원까지, 10원 단위/],
  ["0", /1,000원부터 100,000원까지, 10원 단위/],
  ["-5000", /1,000원부터 100,000원까지, 10원 단위/],
  ["abc", /1,000원부터 100,000원까지, 10원 단위/],
  ["10000.5", /1,000원부터 100,000원까지, 10원 단위/],
  ["1e4", /1,000원부터 100,000원까지, 10원 단위/],
  ["９０００", /1,000원부터 100,000원까지, 10원 단위/],
  ["99999999999999999999999999", /1,000원부터 100,000원까지, 10원 단위/],
  ["   ", /꼭 넣어 주세요/],
];

test("an amount that cannot be charged is refused beside its field, and what was typed is kept", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 1_000);
  for (const [amount, says] of impossible) {
    await page.goto("/wallet");
    const field = page.getByLabel("충전할 금액");
    await field.fill(amount);
    await page.getByRole("button", { name: "충전하기" }).click();
    await expect(field, amount).toHaveAttribute("aria-invalid", "true");
    await expect(field, amount).toHaveAccessibleDescription(says);
    await expect(field, amount).toHaveValue(amount);
  }
  expect(await balanceOf(page.request, who)).toBe(1_000);
});

test("an empty amount is not even sent", { tag: "@js" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  await page.goto("/wallet");
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(page.getByLabel("충전할 금액")).toBeFocused();
  await expect(page.getByRole("button", { name: "충전하기" })).toBeEnabled();
  await expect(page).toHaveURL("/wallet");
});

test("an amount may be written with commas and its sign", { tag: "@nojs" }, async ({ page }) => {
  const who = await shopperWith(page, 1_000);
  await page.goto("/wallet");
  await page.getByLabel("충전할 금액").fill("₩12,000");
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(said(page, "status")).toContainText("₩12,000을 충전했습니다");
  expect(await balanceOf(page.request, who)).toBe(13_000);
});

test("a usual amount fills the field", { tag: "@nojs" }, async ({ page }) => {
  await shopperWith(page, 1_000);
  await page.goto("/wallet");
  await page.getByRole("link", { name: "₩50,000 넣기" }).click();
  await expect(page.getByLabel("충전할 금액")).toHaveValue("50,000");
  await expect(page.getByRole("link", { name: "₩50,000 넣기" })).toHaveAttribute("aria-current", "true");
});

test("a charge sent twice counts once, and a reload sends nothing", async ({ page }) => {
  const who = await shopperWith(page, 1_000);
  await page.goto("/wallet");
  await page.getByLabel("충전할 금액").fill("20000");
  await page.getByRole("button", { name: "충전하기" }).dblclick();
  await expect(said(page, "status")).toContainText("₩20,000을 충전했습니다");
  await page.reload();
  await expect(page.getByText("₩20,000을 충전했습니다")).toHaveCount(0);
  expect(await balanceOf(page.request, who)).toBe(21_000);

  const requestId = await hidden(page.locator("form#charge"), "request_id");
  const form = { request_id: requestId, amount: "3000", next: "/wallet" };
  await page.request.post("/fn/charge_wallet", { form });
  await page.request.post("/fn/charge_wallet", { form });
  expect(await balanceOf(page.request, who)).toBe(24_000);
});

test("a wallet holds ten million and says so when more would not fit", { tag: "@nojs" }, async ({ page }) => {
  test.setTimeout(120_000);
  await shopperWith(page, 9_950_000);
  await page.goto("/wallet");
  await page.getByLabel("충전할 금액").fill("60000");
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(said(page, "alert")).toContainText("지갑에는 ₩10,000,000까지 담을 수 있습니다. 지금 잔액은 ₩9,950,000입니다.");
  await charge(page, 50_000);
  await expect(page.getByRole("main").getByText("₩10,000,000", { exact: true })).toBeVisible();
});
