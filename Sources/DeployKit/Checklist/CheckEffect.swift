// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a check of a smoke suite does to the system that it looks at.
///
/// It is another question than Effect``, which says what may be done after a crash: an order of a
/// synthetic customer may be repeated and still moves money.
public enum CheckEffect: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// It only looks.
    case readOnly
    /// It writes as a synthetic identity, and its suite cleans up.
    case writesSynthetic
    /// It moves something of value. No machine does that in an environment of production tier.
    case movesValue
}

extension Item {
    /// What the item does as a check: as declared, else as follows from its kind and its effect;
    /// `nil` for an item that a machine cannot do, or that is no check.
    public var checkEffect: CheckEffect? {
        guard suite != nil, kind.isAutomatic, !isCleanup else { return nil }
        if let check { return check }
        if case .probe(let probe) = kind, probe.isReadOnly { return .readOnly }
        return effect == Effect.none ? .readOnly : .writesSynthetic
    }

    /// What contradicts itself in the item as a part of a smoke suite, as a sentence; `nil` when
    /// nothing does.
    ///
    /// A suite is run again and again, by whoever is on call, so that nothing in it may be done for
    /// good; and what is bound to production can have no check that moves value by itself.
    package var suiteFault: String? {
        guard suite != nil else {
            return isCleanup || check != nil
                ? "'\(title)' cleans up or checks for no suite; name it with suite=" : nil
        }
        if check != nil, isCleanup {
            return "'\(title)' is a cleanup step, and so no check"
        }
        guard kind.isAutomatic else { return nil }
        if effect == .irreversible {
            return "'\(title)' belongs to a smoke suite, which is run again and again, and is "
                + "declared irreversible"
        }
        if isCleanup, effect == .reversible {
            return
                "'\(title)' cleans up, also after a crash in the middle of it: its effect is none "
                + "or idempotent"
        }
        if check == .readOnly, let effect, effect != Effect.none {
            return "'\(title)' is a check that only looks, and declares another effect than none"
        }
        if check == .movesValue, scope.contains(where: Self.productionWords.contains) {
            return "'\(title)' moves value and is bound to production, where no machine does that: "
                + "make it an item of kind manual"
        }
        return nil
    }

    private static let productionWords: Set<String> = ["production", "mainnet", "prod", "live"]
}
