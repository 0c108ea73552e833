// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What one observation says about a band.
package enum BandState: Hashable, Sendable {
    /// The band is violated.
    case violated
    /// It is not.
    case clear
    /// It is not, and not far enough from it that a violation ends.
    case notYetClear
    /// There is no data.
    case gap
    /// Nothing could be found out; everything stays as it is.
    case unknown
}

/// Counts the violations of one band, observation by observation, as ``Sustain`` says.
///
/// The times agree with Prometheus: a violation first seen at t fires at the first observation at
/// or after t + `for`; `keepFor` starts at the first observation where it is gone, not at the last
/// where it was there; what reappears afterwards starts anew.
package struct SustainTracker: Sendable {
    private let sustain: Sustain
    private var activeSince: Timestamp?
    private var goneSince: Timestamp?
    private var recent: [Bool] = []
    private var count = 0

    /// Whether the violation counts.
    package private(set) var isFiring = false

    /// A tracker that has seen nothing.
    package init(_ sustain: Sustain) {
        self.sustain = sustain
    }

    /// Whether a violation was seen and does not count yet.
    package var isPending: Bool { activeSince != nil && !isFiring }

    /// Takes the next observation; times do not descend.
    package mutating func observe(_ state: BandState, at moment: Timestamp) {
        switch state {
        case .unknown: break
        case .gap: observeGap(at: moment)
        case .violated: observeViolation(at: moment)
        case .clear: observeRecovery(at: moment)
        case .notYetClear: isFiring ? observeHeld() : observeRecovery(at: moment)
        }
    }

    private mutating func observeGap(at moment: Timestamp) {
        switch sustain.rule {
        case .instant, .lasting(_, gap: .reset): observeRecovery(at: moment)
        case .lasting(_, gap: .hold), .consecutive, .mOfN, .total: break
        }
    }

    private mutating func observeHeld() {
        goneSince = nil
        remember(false)
    }

    private mutating func observeViolation(at moment: Timestamp) {
        let since = activeSince ?? moment
        activeSince = since
        goneSince = nil
        count += 1
        remember(true)
        if counts(since: since, at: moment) { isFiring = true }
    }

    private mutating func observeRecovery(at moment: Timestamp) {
        remember(false)
        if case .total = sustain.rule { return }
        if case .mOfN(let needed, _) = sustain.rule, recent.count(where: \.self) >= needed {
            isFiring = true
            return
        }
        count = 0
        if isFiring, let keepFor = sustain.keepFor, keepFor > .zero {
            let since = goneSince ?? moment
            goneSince = since
            if moment - since < keepFor { return }
        }
        isFiring = false
        activeSince = nil
        goneSince = nil
    }

    private mutating func remember(_ isViolated: Bool) {
        guard case .mOfN(_, let window) = sustain.rule else { return }
        recent.append(isViolated)
        if recent.count > window { recent.removeFirst() }
    }

    private func counts(since: Timestamp, at moment: Timestamp) -> Bool {
        switch sustain.rule {
        case .instant: true
        case .lasting(let span, _): moment - since >= span
        case .consecutive(let needed), .total(let needed): count >= needed
        case .mOfN(let needed, _): recent.count(where: \.self) >= needed
        }
    }
}
