// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CBaseline
import Foundation

/// What some work cost.
struct Cost {
    var wall: Double
    var cpu: Double
    var peakInMiB = 0.0
    var status: Int32 = 0

    init(_ cost: dk_cost) {
        wall = cost.wall
        cpu = cost.cpu
        peakInMiB = Double(cost.peak_rss_in_kib) / 1024
        status = cost.status
    }

    init(wall: Double, cpu: Double) {
        self.wall = wall
        self.cpu = cpu
    }

    /// The cost of one of `count`.
    func each(_ count: Int) -> Cost {
        Cost(wall: wall / Double(count), cpu: cpu / Double(count))
    }
}

/// A measurement that could not be made.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}

/// What `body` costs this process, all threads counted.
func cost(_ body: () async throws -> Void) async rethrows -> Cost {
    let start = dk_now()
    try await body()
    let end = dk_now()
    return Cost(wall: end.wall - start.wall, cpu: end.cpu - start.cpu)
}

/// What a program costs; the best of `rounds` by processor time.
///
/// - Throws: ``BenchmarkError`` when it cannot be run or ends with another status than `statuses`.
func run(
    _ arguments: [String],
    rounds: Int,
    statuses: Set<Int32> = [0],
    watchesMemory: Bool = false
) throws -> Cost {
    var best: Cost?
    for _ in 0..<rounds {
        var measured = dk_cost()
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let result = dk_run(&pointers, watchesMemory ? 1 : 0, &measured)
        guard result == 0 else {
            throw BenchmarkError(description: "\(arguments[0]) cannot be run: error \(result)")
        }
        guard statuses.contains(measured.status) else {
            throw BenchmarkError(
                description: "'\(arguments.joined(separator: " "))' ended with \(measured.status)"
            )
        }
        if best.map({ $0.cpu > measured.cpu }) ?? true { best = Cost(measured) }
    }
    guard let best else { throw BenchmarkError(description: "nothing was run") }
    return best
}

/// The rows that `store` holds, written into `target` by the same statements in C.
///
/// - Parameters:
///   - store: The store whose rows are written.
///   - target: The file that they are written into.
///   - position: Where the first batch that counts begins.
/// - Returns: The cost, and the settings of the connection.
/// - Throws: ``BenchmarkError`` when SQLite fails.
func replay(_ store: String, to target: String, from position: Int) throws -> (Cost, String) {
    var measured = dk_cost()
    var settings = [CChar](repeating: 0, count: 512)
    let result = dk_replay(store, target, Int64(position), &measured, &settings, 512)
    guard result == 0 else {
        throw BenchmarkError(description: "the C loop failed with SQLite's code \(result)")
    }
    return (
        Cost(measured), String(decoding: settings.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    )
}
