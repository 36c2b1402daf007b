// The workload `rotation-load` of the step `bench`: workers run a small statement on a pool until the time is over.

export async function load(step, pool) {
  const end = performance.now() + step.ms;
  const took = [];
  const errors = [];
  const work = async () => {
    for (let start = performance.now(); start < end; start = performance.now()) {
      try {
        // eslint-disable-next-line no-unused-vars
        for await (const row of await pool.query(step.sql));
        took.push(performance.now() - start);
      } catch (error) {
        errors.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: step.workers }, work));
  took.sort((a, b) => a - b);
  const rank = (share) => (took[Math.max(Math.ceil(took.length * share) - 1, 0)] ?? 0) * 1000; // nearest rank
  return {
    statements: took.length + errors.length,
    failed: errors.length,
    errors: errors.slice(0, 3),
    p50_us: rank(0.5),
    p99_us: rank(0.99),
  };
}
