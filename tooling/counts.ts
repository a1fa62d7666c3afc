import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with the tests that were skipped and why, and with one line that programs can read:
 * `N passed, N failed` or `N passed, N failed, N skipped`.
 *
 * The reason is the note of `ctx.skip('reason')`, or else the test's own name; see CONTRIBUTING.md, "Tests that need
 * something".
 */
export class Counts implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const reasons = new Map<string, number>();

    for (const module of modules) {
      // A module that fails before its first test (a wrong import, say) has no test to count.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') counts.passed += 1;
        else if (result.state === 'failed') counts.failed += 1;
        else {
          counts.skipped += 1;
          const reason =
            result.state === 'skipped' && result.note
              ? result.note
              : `${module.relativeModuleId}: ${test.fullName}`;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }

    const lines = [...reasons].map(([reason, times]) => `skipped ${times}: ${reason}`);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.stdout.write(
      [...lines, `${counts.passed} passed, ${counts.failed} failed${skipped}`, ''].join('\n'),
    );
  }
}
