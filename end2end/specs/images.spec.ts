// Files in an operator's hands: a picture that shoppers then see, and a list of products that is tried dry before it is
// imported. With and without JavaScript.
import { login } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

const main = (page: Page) => page.getByRole("main");

async function makeProduct(page: Page, name: string): Promise<string> {
  await page.goto("/admin/products/new");
  await page.getByLabel("상품 코드(SKU)").fill(`IMG-${Date.now()}-${Math.floor(Math.random() * 1e6)}`);
  await page.getByLabel("처음 재고").fill("2");
  await page.getByLabel("이름", { exact: true }).fill(name);
  await page.getByLabel("값(원)").fill("4300");
  await page.getByRole("button", { name: "상품 만들기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  return page.url().split("/").at(-1) ?? "";
}

async function addPicture(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByLabel("그림 파일").setInputFiles({ name, mimeType: "image/png", buffer });
  await page.getByRole("button", { name: "그림 올리기" }).click();
}

/** Whether every picture that is meant to be seen was loaded. */
async function areLoaded(page: Page): Promise<boolean> {
  const pictures = await main(page).locator('img[src^="/images/"]').all();
  for (const picture of pictures) {
    await picture.scrollIntoViewIfNeeded();
    const answer = await page.request.get((await picture.getAttribute("src")) ?? "");
    if (answer.status() !== 200 || !(answer.headers()["content-type"] ?? "").startsWith("image/")) return false;
  }
  return pictures.length > 0;
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an operator uploads pictures, chooses the cover, and shoppers see them", { tag: "@phone" }, async ({ page, shop, newVisitor }) => {
      const name = javaScriptEnabled ? "그림 있는 책" : "그림 있는 다른 책";
      await login(page, shop.operator);
      const wide = await page.screenshot({ type: "jpeg", clip: { x: 0, y: 0, width: 320, height: 200 } });
      const tall = await page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 300 } });
      const id = await makeProduct(page, name);

      await addPicture(page, "first.png", wide);
      await expect(page.getByRole("status")).toContainText("처리했습니다");
      await addPicture(page, "second.png", tall);
      await expect(main(page)).toContainText("2번째 그림");
      await addPicture(page, "second.png", tall);
      await expect(main(page)).toContainText("image_already_there");
      await addPicture(page, "not.png", Buffer.from("<svg/>"));
      await expect(main(page)).toContainText("image_not_an_image");
      const second = main(page).getByRole("listitem").filter({ hasText: "2번째 그림" });
      const itsPath = (await second.getByRole("img").getAttribute("src")) ?? "";
      await second.getByRole("button", { name: "표지로" }).click();
      const cover = main(page).getByRole("listitem").filter({ has: page.getByRole("img", { name: `${name} – 표지` }) });
      await expect(cover.getByRole("img")).toHaveAttribute("src", itsPath);

      const theirs = await newVisitor();
      await theirs.goto(`/products/${id}`);
      await expect(main(theirs).getByRole("img", { name: `${name} 표지` })).toHaveAttribute("src", itsPath);
      await expect(main(theirs).getByRole("img", { name: `${name} 2번째 그림` })).toBeVisible();
      expect(await areLoaded(theirs)).toBe(true);
      await theirs.goto("/products");
      await expect(main(theirs).getByRole("listitem").filter({ hasText: name }).locator("img")).toHaveAttribute("src", itsPath);

      await cover.getByRole("button", { name: "지우기" }).click();
      await expect(main(page)).not.toContainText("2번째 그림");
    });

    test("a list of products is tried dry, its bad lines are named, and the good one is imported", async ({ page, shop }) => {
      const sku = `CSV-${javaScriptEnabled ? "JS" : "PLAIN"}`;
      await login(page, shop.operator);
      await page.goto("/admin/products");
      await page.getByRole("link", { name: "CSV 파일로 한꺼번에 고치기" }).click();
      const upload = async (lines: string) => {
        const buffer = Buffer.from(`sku,category,name,price,stock\r\n${lines}`);
        await page.getByLabel("CSV 파일").setInputFiles({ name: "goods.csv", mimeType: "text/csv", buffer });
        await page.getByRole("button", { name: "미리 보기" }).click();
      };
      await upload(`${sku},ebook,파일에서 온 책,1250,3\r\n${sku},ebook,또 그 책,1200,3\r\n`);
      const wrong = (line: string) => main(page).getByRole("listitem").filter({ hasText: line });
      await expect(wrong("2번째 줄")).toContainText("price");
      await expect(wrong("3번째 줄")).toContainText("이 파일에 앞서 나왔습니다");
      await expect(page.getByRole("button", { name: "이대로 가져오기" })).toHaveCount(0);

      await page.getByRole("link", { name: "다른 파일 고르기" }).click();
      await upload(`${sku},ebook,파일에서 온 책,1200,3\r\n`);
      await expect(main(page)).toContainText(sku);
      await page.getByRole("button", { name: "이대로 가져오기" }).click();
      await expect(page.getByRole("status")).toContainText("파일을 가져왔습니다");
      await page.goto(`/admin/products?q=${sku}`);
      await expect(main(page)).toContainText("파일에서 온 책");
    });
  });
}
