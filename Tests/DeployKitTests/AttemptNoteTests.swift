// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting
import Testing

/// What is said of an attempt that passed is kept where its output is.
@Suite struct AttemptNoteTests {
    @Test func aNoteOnWhatPassedIsItsOutputAndNoStrayBlob() throws {
        for output in [nil, Evidence.text("listening")] {
            var trial = try Trial(try .vesting())
            try trial.perform(.begin("prepare/build", runner: nil))
            let outcome = AttemptOutcome(.passed, output: output, note: "try 2: passed")
            // The fixture compares the blobs of every decision with its events.
            try trial.perform(.finish("prepare/build", attempt: 1, outcome))
            guard
                case .attemptPassed(_, _, let kept, _, _)? = trial.log.map(\.event).first(where: {
                    if case .attemptPassed = $0 { true } else { false }
                })
            else {
                Issue.record("nothing passed")
                return
            }
            #expect(kept != nil)
        }
    }
}
