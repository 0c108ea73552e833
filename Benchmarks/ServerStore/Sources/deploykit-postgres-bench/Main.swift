// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CPostgresBaseline
import DeployKit
import DeployKitPostgres
import Foundation

/// Measures the store of a server beside libpq in C and `psql`; run by `make bench-postgres`.
@main
struct Benchmarks {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            // Away from the main actor, which every call would have to come back to.
            let misses = try await Task.detached { try await all(options) }.value
            exit(misses == 0 ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("deploykit-postgres-bench: \(error)\n".utf8))
            exit(2)
        }
    }

    @concurrent
    static func all(_ options: Options) async throws -> Int {
        print("| Work | Ours | Beside | Ratio | Goal | |")
        print("|---|---|---|---|---|---|")
        var misses = 0
        func row(_ work: String, _ ours: String, _ beside: String, _ ratio: Double, _ goal: Double)
        {
            if ratio > goal { misses += 1 }
            let verdict = ratio <= goal ? "met" : "MISSED"
            print(
                "| \(work) | \(ours) | \(beside) | \(String(format: "%.2f", ratio)) × | ≤ \(goal) × "
                    + "| \(verdict) |"
            )
        }
        let small = try await Bench("bench_small", options)
        try await small.fill(to: 1000)
        try small.analyze()
        // Two at a time, in turns, so that the machine's moods meet both.
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for _ in 0..<options.rounds {
            let other = try await Bench("bench_c_\(ours.count)", options)
            try await other.fill(to: 1000)
            try other.analyze()
            ours.append(try await small.appending(400))
            theirs.append(try other.appendingInC(400))
        }
        let (mine, beside) = (median(ours), median(theirs))
        row(
            "single append, durable",
            micro(mine),
            "C through libpq \(micro(beside))",
            mine / beside,
            1.5
        )

        var (batches, copies): ([Double], [Double]) = ([], [])
        for _ in 0..<options.rounds {
            let bench = try await Bench("bench_batch_\(batches.count)", options)
            let count = 20_000
            let start = dk_clock()
            try await bench.fill(to: count)
            batches.append((dk_clock() - start) / Double(count))
            copies.append(try bench.copying() / Double(count))
        }
        let (batch, copy) = (median(batches), median(copies))
        row(
            "entry of a batch of 1,000, node rows included",
            "\(micro(batch)), \(Int(1 / batch)) entries/s",
            "psql \\copy \(micro(copy))",
            batch / copy,
            3
        )

        let large = try await Bench("bench_large", options)
        let start = dk_clock()
        try await large.fill(to: options.size)
        let seconds = dk_clock() - start
        try large.analyze()
        print("| filling \(options.size) entries | \(Int(seconds)) s | | | | for information |")
        var figures: [String: (small: [Double], large: [Double])] = [:]
        for _ in 0..<options.rounds {
            for (name, measure) in [
                ("single append", { try await $0.appending(200) }),
                ("reading a stream of 100 entries", { try await $0.reading(200) }),
                ("listing 20 streams", { try await $0.listing(200) }),
                ("a proof of inclusion", { try await $0.proving(100) }),
            ] as [(String, (Bench) async throws -> Double)] {
                figures[name, default: ([], [])].small.append(try await measure(small))
                figures[name, default: ([], [])].large.append(try await measure(large))
            }
        }
        for (name, figure) in figures.sorted(by: { $0.key < $1.key }) {
            let (few, many) = (median(figure.small), median(figure.large))
            // A proof has twice as many hashes in a log a thousand times as long.
            let goal = name == "a proof of inclusion" ? 2.5 : 1.3
            row(
                "\(name) at \(options.size)",
                micro(many),
                "at 1,000: \(micro(few))",
                many / few,
                goal
            )
        }
        return misses
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    static func micro(_ seconds: Double) -> String { String(format: "%.1f µs", seconds * 1e6) }
}

/// What to measure, and where.
struct Options {
    /// The folder of the server's socket.
    let socket: String
    /// How many entries the large log holds.
    let size: Int
    /// How often each is measured; the middle counts.
    let rounds: Int

    init(_ arguments: some Sequence<String>) throws {
        let words = Array(arguments)
        guard words.count == 2, let size = Int(words[1]), size >= 10_000 else {
            throw BenchmarkError(
                description: "usage: deploykit-postgres-bench SOCKET-FOLDER ENTRIES"
            )
        }
        socket = words[0]
        self.size = size
        rounds = 5
    }
}

/// A measurement that could not be made.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}
