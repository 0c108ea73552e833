// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// One search for broken promises: a small share of it runs with every `swift test`, the whole by
/// `make torture`, which sets `DEPLOYKIT_TORTURE`.
///
/// A case is made from the seed and its number alone, so that a failure, which names both, can be
/// had again: `SEED` sets the seed, and a variable of the campaign's own how many cases there are.
struct Campaign: Codable, Sendable {
    let name: String
    let seed: UInt64
    let count: Int

    /// - Parameters:
    ///   - name: The campaign, as its line of the report begins.
    ///   - variable: What in the environment sets the number of cases.
    ///   - share: How many cases a test run tries.
    ///   - whole: How many `make torture` tries.
    init(_ name: String, _ variable: String, share: Int, whole: Int) {
        let environment = ProcessInfo.processInfo.environment
        self.name = name
        seed = environment["SEED"].flatMap(UInt64.init) ?? 1
        let isTorture = environment["DEPLOYKIT_TORTURE"] != nil
        count = environment[variable].flatMap(Int.init) ?? (isTorture ? whole : share)
    }

    /// Where randomness for the case `number` starts.
    func seed(of number: Int) -> UInt64 {
        // Neighbouring seeds of SplitMix64 are unrelated; this keeps campaigns apart as well.
        name.utf8.reduce(seed) { ($0 &* 31) &+ UInt64($1) } &+ UInt64(number) << 20
    }

    /// Prints one line that tells what the campaign came to.
    func report(_ numbers: KeyValuePairs<String, Int>, since start: ContinuousClock.Instant) {
        guard ProcessInfo.processInfo.environment["DEPLOYKIT_TORTURE"] != nil else { return }
        let figures = numbers.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let seconds = (ContinuousClock.now - start).components.seconds
        print("torture: \(name), seed \(seed), count \(count): \(figures) (\(seconds) s)")
        fflush(nil)  // into a pipe, too, as soon as it is known
    }
}
