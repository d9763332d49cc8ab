// A sale goes on while instances die, join and restart: no accepted order is lost, and none is done twice.
import { productNamed } from "../helpers/people.ts";
import { Crowd, Lookers } from "../helpers/crowd.ts";
import { expect, test } from "../helpers/cluster-test.ts";

/** Plenty is in stock of it, at ₩1,900. */
const GOODS = "화살표만 120";
const BUYERS = 12;

test("an instance is killed and another joins in mid-sale, and every order is completed or clearly given back", async ({ request, cluster }, info) => {
  const goods = await productNamed(request, GOODS);
  const crowd = await Crowd.gather(request, cluster.balancer, goods, BUYERS);
  crowd.start();
  await crowd.buysMore(60);
  const [dying] = cluster.instances;
  await cluster.kill(dying!);
  await crowd.buysMore(60);
  const joined = await cluster.add();
  const before = (await cluster.accesses()).length;
  await crowd.buysMore(60);
  await crowd.stop();

  info.annotations.push({ type: "first answers", description: JSON.stringify(crowd.firstAnswers) });
  await crowd.expectKept(request);
  // Only what was in the instance that died may have come to nothing: at most one order of each buyer.
  expect(crowd.givenBack).toBeLessThanOrEqual(BUYERS);
  const after = (await cluster.accesses()).slice(before).filter(({ path }) => path === "/api/v1/orders");
  expect(after.filter(({ status, from }) => status === 201 && from.at(-1) === joined).length).toBeGreaterThan(0);
  const sold = goods.available_stock - (await productNamed(request, GOODS)).available_stock;
  expect(sold).toBe(crowd.completed);
});

test("every instance is restarted in turn in mid-sale, and no order fails", async ({ request, cluster }, info) => {
  const goods = await productNamed(request, GOODS);
  const crowd = await Crowd.gather(request, cluster.balancer, goods, BUYERS);
  crowd.start();
  for (const instance of cluster.instances) {
    await crowd.buysMore(20);
    await cluster.restart(instance);
  }
  await crowd.buysMore(20);
  await crowd.stop();

  info.annotations.push({ type: "first answers", description: JSON.stringify(crowd.firstAnswers) });
  await crowd.expectKept(request);
  expect(crowd.givenBack).toBe(0);
  // A worker of nginx that makes way for a new one closes connections on which nothing is asked; a client that
  // asks in that very moment asks again. The shop itself refuses nobody.
  const refused = Object.keys(crowd.firstAnswers).filter((first) => first !== "201 COMPLETED" && !first.startsWith("broken"));
  expect(refused).toEqual([]);
});

test("every instance is just restarted in mid-sale, nginx is told nothing, and nobody who buys or looks sees a fault", async ({ request, cluster }, info) => {
  const goods = await productNamed(request, GOODS);
  const crowd = await Crowd.gather(request, cluster.balancer, goods, BUYERS);
  const before = (await cluster.accesses()).length;
  // It takes as long as nginx leaves three instances alone, one after the other.
  crowd.start(250);
  const lookers = new Lookers(cluster.balancer, goods, 4);
  for (const instance of cluster.instances) {
    await crowd.buysMore(20);
    await cluster.bounce(instance);
    // nginx leaves alone for some seconds who was gone: whoever restarted the next one sooner would leave it nobody.
    const since = (await cluster.accesses()).length;
    const isAskedAgain = async () => (await cluster.accesses()).slice(since).some(({ from }) => from.at(-1) === instance);
    await expect.poll(isAskedAgain, { timeout: 60_000 }).toBe(true);
  }
  await crowd.buysMore(20);
  await crowd.stop();
  const looked = await lookers.stop();

  info.annotations.push({ type: "first answers", description: JSON.stringify({ bought: crowd.firstAnswers, looked }) });
  await crowd.expectKept(request);
  expect(crowd.givenBack).toBe(0);
  expect(Object.keys(crowd.firstAnswers)).toEqual(["201 COMPLETED"]);
  expect(Object.keys(looked)).toEqual(["200"]);
  const accesses = (await cluster.accesses()).slice(before);
  expect(accesses.filter(({ status }) => status >= 500)).toEqual([]);
  // Or nothing was proved: some found their instance gone, and were sent to another.
  expect(accesses.filter(({ from }) => from.length > 1).length).toBeGreaterThan(0);
});
