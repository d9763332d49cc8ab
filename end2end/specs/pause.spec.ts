// A shopper who was refused five times in a row waits, is told until when, and need not reload to go on.
import { buyNow, payButton, shopperWith } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

// Five refusals in a row, as fast as they can be made, and a block that is soon over.
test.use({ settings: { ORDER_LIMIT: "off", CLAIM_LIMIT: "off", FAILURE_BLOCK: "8s" } });

for (const years of [-1, 0, 1]) {
  test(`a block ends by itself on the checkout and the coupons, the browser's clock off by ${years} years`, { tag: "@js" }, async ({ page, request }) => {
    await page.addInitScript((years) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + years * 365 * 86_400_000;
    }, years);
    const who = await shopperWith(page, 50_000);
    await buyNow(page, "밤 버스");
    const other = await page.context().newPage();
    for (let turn = 0; turn < 5; turn += 1) {
      const answer = await request.post("/api/v1/coupons/AUTUMN15/claims", { headers: { Authorization: `Bearer ${who.token}` } });
      expect(answer.status()).toBe(409);
    }
    await Promise.all([page.reload(), other.goto("/coupons")]);
    await expect(payButton(page)).toBeDisabled();
    await expect(payButton(page)).toHaveAccessibleDescription(/부터 결제할 수 있습니다/);
    const claim = other.getByRole("button", { name: "반가워요 10% 할인 쿠폰 받기" });
    await expect(claim).toBeDisabled();
    await expect(claim).toHaveAccessibleDescription(/이어서 거절되어 잠시 쉽니다.*부터 쿠폰을 받을 수 있습니다/);
    await expect(payButton(page)).toBeEnabled({ timeout: 20_000 });
    await expect(claim).toBeEnabled({ timeout: 20_000 });
  });
}
