// Many buyers at once over the API, who do what API.md tells clients to do: whoever gets no clear answer asks
// again with the same key until there is one.
import { randomUUID } from "node:crypto";

import type { APIRequestContext } from "@playwright/test";

import { balanceOf, chargeMember, type Member, member } from "./people.ts";
import { expect } from "./test.ts";

/** What became of a key in the end. */
type Outcome = { key: string; order: string | undefined; completed: boolean };
/** How a key was answered the first time: a status and code, or `broken` when the connection was. */
type First = string;

const IS_COMPLETED = /^20[01] COMPLETED$/;
/** Answers after which only asking again tells: the shop did not answer, or has not finished. */
const IS_OPEN = /^(broken|5\d\d |409 request_in_progress$|20\d (RESERVED|PAID|PENDING)$)/;
/** The order began and was given back. */
const IS_GIVEN_BACK = /^409 order_(failed|expired)$/;
const SETTLE_MS = 60_000;
const CHARGE = 300_000;

export class Crowd {
  private readonly outcomes = new Map<Member, Outcome[]>();
  private readonly firsts = new Map<First, number>();
  private stopping = false;
  private working: Promise<void> = Promise.resolve();

  private constructor(
    private readonly door: string,
    private readonly goods: { id: number; price: number },
    private readonly buyers: Member[],
  ) {}

  /** Buyers with ₩300,000 each, who buy one piece at a time. */
  static async gather(request: APIRequestContext, door: string, goods: { id: number; price: number }, size: number): Promise<Crowd> {
    const buyers: Member[] = [];
    for (let one = 0; one < size; one += 1) {
      const buyer = await member(request);
      await chargeMember(request, buyer, CHARGE);
      buyers.push(buyer);
    }
    return new Crowd(door, goods, buyers);
  }

  /** Begins to buy: everybody one order after the other, until `stop`, or until the money is spent. What takes
   *  long asks for a pause between a buyer's orders: without it a fast machine has spent all before the end. */
  start(pauseMs = 0): void {
    this.working = Promise.all(this.buyers.map((buyer) => this.buy(buyer, pauseMs))).then(() => {});
    // Whoever waits for more hears of it at `stop`.
    this.working.catch(() => {});
  }

  /** Lets everybody finish; fails when a key did not come to a clear end. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.working;
  }

  /** How many orders were completed so far. */
  get completed(): number {
    return this.all.filter(({ completed }) => completed).length;
  }

  /** How many orders began and were given back. */
  get givenBack(): number {
    return this.all.filter(({ order, completed }) => order !== undefined && !completed).length;
  }

  /** Returns when so many more orders were completed. */
  async buysMore(orders: number): Promise<void> {
    const goal = this.completed + orders;
    const isOver = this.working.then(() => "over");
    const reached = expect.poll(() => this.completed, { timeout: SETTLE_MS }).toBeGreaterThanOrEqual(goal);
    if ((await Promise.race([reached, isOver])) === "over" && this.completed < goal) throw new Error(`the crowd had no money left after ${this.completed} orders`);
  }

  /** How keys were answered the first time, and how often. */
  get firstAnswers(): Record<First, number> {
    return Object.fromEntries(this.firsts);
  }

  private get all(): Outcome[] {
    return [...this.outcomes.values()].flat();
  }

  private async buy(buyer: Member, pauseMs: number): Promise<void> {
    const mine: Outcome[] = [];
    this.outcomes.set(buyer, mine);
    for (let left = CHARGE; left >= this.goods.price && !this.stopping; left -= this.goods.price) {
      mine.push(await this.settle(buyer, randomUUID()));
      if (pauseMs > 0) await pause(pauseMs);
    }
  }

  private async settle(buyer: Member, key: string): Promise<Outcome> {
    const deadline = Date.now() + SETTLE_MS;
    for (let turn = 0; ; turn += 1) {
      const { said, order } = await this.ask(buyer, key);
      if (turn === 0) this.firsts.set(said, (this.firsts.get(said) ?? 0) + 1);
      if (IS_COMPLETED.test(said)) return { key, order, completed: true };
      if (IS_GIVEN_BACK.test(said)) return { key, order, completed: false };
      if (!IS_OPEN.test(said)) throw new Error(`key ${key} was answered ${said}`);
      if (Date.now() > deadline) throw new Error(`key ${key} is still answered ${said} after ${SETTLE_MS} ms`);
      await pause(100);
    }
  }

  private async ask(buyer: Member, key: string): Promise<{ said: string; order: string | undefined }> {
    try {
      const answer = await fetch(`${this.door}/api/v1/orders`, {
        method: "POST",
        headers: { authorization: `Bearer ${buyer.token}`, "idempotency-key": key, "content-type": "application/json" },
        body: JSON.stringify({ items: [{ product_id: this.goods.id, quantity: 1 }] }),
        signal: AbortSignal.timeout(SETTLE_MS),
      });
      const body = (await answer.json()) as { id?: string; order_id?: string; status?: string | number; code?: string };
      return { said: `${answer.status} ${body.code ?? body.status}`, order: body.id ?? body.order_id };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return { said: `broken: ${cause}`, order: undefined };
    }
  }

  /** Fails unless the shop's books say of every buyer exactly what the answers said: each completed order is
   *  there once, nothing else was bought, and the wallet paid for just these. */
  async expectKept(request: APIRequestContext): Promise<void> {
    for (const [buyer, outcomes] of this.outcomes) {
      const completed = outcomes.filter(({ completed }) => completed).map(({ order }) => order!);
      const kept = await this.completedOrders(buyer);
      expect(kept.toSorted()).toEqual(completed.toSorted());
      expect(new Set(completed).size).toBe(completed.length);
      expect(await balanceOf(request, buyer)).toBe(CHARGE - completed.length * this.goods.price);
    }
  }

  private async completedOrders(buyer: Member): Promise<string[]> {
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await fetch(`${this.door}/api/v1/orders?limit=100${query}`, { headers: { authorization: `Bearer ${buyer.token}` } });
      const page = (await answer.json()) as { items: { id: string; status: string }[]; next_cursor: string | null };
      found.push(...page.items.filter(({ status }) => status === "COMPLETED").map(({ id }) => id));
      cursor = page.next_cursor;
    }
    return found;
  }
}

/** People who look around without pause, at pages and at the API. */
export class Lookers {
  private readonly said = new Map<string, number>();
  private stopping = false;
  private readonly working: Promise<void>;

  constructor(door: string, goods: { id: number }, size: number) {
    const paths = ["/products", "/api/v1/products?limit=5", `/products/${goods.id}`, `/api/v1/products/${goods.id}`, "/"];
    const looking = Array.from({ length: size }, (_, one) => this.look(door, paths, one));
    this.working = Promise.all(looking).then(() => {});
  }

  private async look(door: string, paths: string[], from: number): Promise<void> {
    for (let turn = from; !this.stopping; turn += 1) {
      const path = paths[turn % paths.length]!;
      const answer = fetch(`${door}${path}`, { headers: { accept: path.startsWith("/api") ? "application/json" : "text/html" } });
      const said = await answer.then(async (answer) => (await answer.text(), String(answer.status)), String);
      this.said.set(said, (this.said.get(said) ?? 0) + 1);
    }
  }

  /** How everybody was answered, and how often. */
  async stop(): Promise<Record<string, number>> {
    this.stopping = true;
    await this.working;
    return Object.fromEntries(this.said);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
