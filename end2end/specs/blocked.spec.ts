// Five refusals in a row: the shop says so before a button is pressed that could not succeed.
import { buyNow, member, payButton, productNamed, shopperWith } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });

test("five refusals in a row block for ten minutes, before the button is pressed", { tag: "@nojs" }, async ({ page, request }) => {
  const who = await shopperWith(page, 50_000);
  const { id } = await productNamed(request, "벽돌집체");
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await request.post("/api/v1/orders", {
      data: { items: [{ product_id: id, quantity: 1 }] },
      headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": `refused-${turn}` },
    });
    expect(answer.status()).toBe(409);
  }
  await buyNow(page, "밤 버스");
  await expect(page.getByRole("main")).toContainText(/여러 번 이어서 거절되었습니다.*부터 다시 할 수 있습니다/);
  await expect(payButton(page)).toBeDisabled();
  await expect(payButton(page)).toHaveAccessibleDescription(/부터 결제할 수 있습니다/);
  // Somebody else is not blocked.
  const other = await member(request);
  const answer = await request.get("/api/v1/wallet", { headers: { Authorization: `Bearer ${other.token}` } });
  expect(answer.status()).toBe(200);
});
