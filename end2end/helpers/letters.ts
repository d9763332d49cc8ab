// Letters that the shop put into its folder: found, read and decoded as a mail program would.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Shop } from "./shop.ts";
import { expect } from "./test.ts";

/** The settings of a shop that puts its letters into a folder of its own. */
export const toFolder = { MAIL: "file:letters", MAIL_FROM: "담다 <no-reply@shop.example>", MAIL_EVERY: "100ms" };

export type Letter = { to: string; subject: string; text: string; html: string };

/** Every letter to this address, oldest first. */
export async function lettersTo(shop: Shop, address: string): Promise<Letter[]> {
  const folder = join(shop.folder, "letters");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".eml")).sort();
  const letters = await Promise.all(names.map(async (name) => read(await readFile(join(folder, name), "utf8"))));
  return letters.filter((letter) => letter.to.includes(`<${address}>`) || letter.to === address);
}

/** Waits for the letter to this address whose subject holds these words. */
export async function letterTo(shop: Shop, address: string, subject: string): Promise<Letter> {
  let found: Letter | undefined;
  await expect(async () => {
    found = (await lettersTo(shop, address)).findLast((letter) => letter.subject.includes(subject));
    expect(found, `a letter to ${address} about ${subject}`).toBeDefined();
  }).toPass({ timeout: 10_000 });
  return found!;
}

/** The one link of this shop in a letter that leads below this path. */
export function linkIn(shop: Shop, letter: Letter, path: string): string {
  const link = letter.text.split("\n").find((line) => line.startsWith(`${shop.url}${path}`));
  expect(link, letter.text).toBeDefined();
  expect(letter.html).toContain(`href="${link!.trim()}"`);
  return link!.trim();
}

function read(raw: string): Letter {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const boundary = /boundary="([^"]+)"/.exec(head)?.[1] ?? "";
  const parts = rest.join("\r\n\r\n").split(`--${boundary}`);
  const body = (part = "") => Buffer.from(part.split("\r\n\r\n")[1] ?? "", "base64").toString("utf8");
  const lines = head.replaceAll("\r\n ", " ").split("\r\n");
  const header = (name: string) => words(lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "");
  return { to: header("To"), subject: header("Subject"), text: body(parts[1]), html: body(parts[2]) };
}

/** Decodes encoded words (RFC 2047); blanks between two of them are not part of the text. */
function words(text: string): string {
  const joined = text.replace(/\?=\s+=\?utf-8\?b\?/g, "?= =?utf-8?b?").replaceAll("?= =?", "?==?");
  return joined.replace(/=\?utf-8\?b\?([^?]*)\?=/g, (_, inside: string) => Buffer.from(inside, "base64").toString("utf8"));
}
