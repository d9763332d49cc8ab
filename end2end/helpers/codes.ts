// What an authenticator app does (RFC 6238): six digits made of a secret and the half minute.
import { createHmac } from "node:crypto";

import { expect, type Page } from "./test.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of the half minute that is so many steps away from now. A code counts one step early and late. */
export function codeOf(secret: string, steps = 0): string {
  let bits = "";
  for (const letter of secret.replaceAll(" ", "")) bits += LETTERS.indexOf(letter).toString(2).padStart(5, "0");
  const bytes = bits.match(/.{8}/g) ?? [];
  const key = Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const tag = createHmac("sha1", key).update(step).digest();
  const offset = (tag.at(-1) ?? 0) & 0xf;
  return String((tag.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Begins to set a second factor up on its page; gives the secret as it is shown for typing. */
export async function beginSecondFactor(page: Page): Promise<string> {
  await page.goto("/account/second-factor");
  await page.getByRole("button", { name: "설정하기" }).click();
  await expect(page.getByRole("img", { name: "인증 앱용 QR 코드" })).toBeVisible();
  return (await page.locator(".second-factor-secret").textContent()) ?? "";
}
