// Runs once before the tests of end2end/cluster: starts one cluster for all of them and stops it at the end,
// also when the run is interrupted. One that runs already is used instead and left alone:
//   DAMDA_TEST_CLUSTER=/tmp/damda-cluster npx playwright test --config cluster.config.ts
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Cluster } from "./cluster.ts";

/** What holds in the whole suite. */
export const SETTINGS = {
  // Many buy at once and again; these limits have tests of their own.
  ORDER_LIMIT: "off",
  CLAIM_LIMIT: "off",
  FAILURE_LIMIT: "off",
  REGISTER_LIMIT: "off",
  // One that is never reached still tells, in its headers, whose address it counted.
  LOGIN_LIMIT: "10000/3600s",
  // An instance may show its metrics to whoever has this; nginx does not even ask it.
  METRICS_TOKEN: "for-prometheus-alone",
  // What a killed instance had begun is settled within seconds.
  RESERVATION_TTL: "5s",
  RECOVERY_DELAY: "2s",
  RECOVERY_EVERY: "1s",
};

export default async function startCluster(): Promise<() => Promise<void>> {
  if (process.env.DAMDA_TEST_CLUSTER) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), "damda-cluster-"));
  const cluster = await Cluster.start(folder, SETTINGS).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  // The workers inherit it.
  process.env.DAMDA_TEST_CLUSTER = folder;
  return () => cluster.remove();
}
