// The API's document for people: it works with nothing but this shop. The watch fails these tests for any
// request to another site, any breach of the page's policy and any error on the console.
import { member } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

/** Opens one operation of the document. */
async function open(page: Page, method: string, path: string) {
  await page.goto("/api/docs");
  const operation = page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) });
  await operation.locator(".opblock-summary-control").click();
  return operation;
}

test("the document shows every operation", { tag: "@js" }, async ({ page, request }) => {
  await page.goto("/api/docs");
  await expect(page.getByRole("heading", { name: "Damda 담다" })).toBeVisible();
  const document = await (await request.get("/api/openapi.json")).json();
  const operations = Object.values(document.paths as Record<string, object>).flatMap((methods) => Object.keys(methods));
  await expect(page.locator(".opblock")).toHaveCount(operations.length);
  await expect(page.getByText("JSON in and out, UTF-8.")).toBeVisible();
});

test("an operation can be tried out from the document", { tag: "@js" }, async ({ page }) => {
  const operation = await open(page, "get", "/api/v1/products");
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table .response");
  await expect(answer.locator(".response-col_status")).toContainText("200");
  await expect(answer.locator(".response-col_description")).toContainText("next_cursor");
});

test("an operation can be tried out with a token, and without one is refused", { tag: "@js" }, async ({ page, request, watch }) => {
  watch.expectStatus(401, "/api/v1/me");
  const { token, email } = await member(request);
  const operation = await open(page, "get", "/api/v1/me");
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table .response");
  await expect(answer.locator(".response-col_status")).toContainText("401");
  await page.getByRole("button", { name: "Authorize" }).first().click();
  await page.locator(".modal-ux").locator("input").fill(token);
  await page.locator(".modal-ux").getByRole("button", { name: "Apply credentials" }).click();
  await page.locator(".modal-ux").getByRole("button", { name: "Close", exact: true }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await expect(answer.locator(".response-col_status")).toContainText("200");
  await expect(answer.locator(".response-col_description")).toContainText(email);
});
