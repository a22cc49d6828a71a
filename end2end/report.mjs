// Reads Playwright's JSON report: prints how many tests passed and failed, and tells on stderr which of them needed a
// second try, each with its trace. More than two such tests are a failure.
import { readFileSync } from 'node:fs';

const MOST_FLAKY = 2;

const { stats, suites } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

/** Every spec of these suites and of those in them. */
const specs = (suites) => suites.flatMap((suite) => [...(suite.specs ?? []), ...specs(suite.suites ?? [])]);

for (const spec of specs(suites)) {
  for (const test of spec.tests.filter((test) => test.status === 'flaky')) {
    const traces = test.results.flatMap((result) => result.attachments).filter(({ name }) => name === 'trace');
    console.error(`flaky: ${spec.file}:${spec.line} ${spec.title} (${test.projectName}) ${traces[0]?.path ?? ''}`);
  }
}
const tooMany = stats.flaky > MOST_FLAKY;
if (tooMany) console.error(`${stats.flaky} tests needed a second try; at most ${MOST_FLAKY} may.`);
console.log(stats.expected + (tooMany ? 0 : stats.flaky), stats.unexpected + (tooMany ? stats.flaky : 0));
process.exitCode = tooMany ? 1 : 0;
