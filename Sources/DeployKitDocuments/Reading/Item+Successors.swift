// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Item {
    /// The same item with other predecessors and children.
    func with(after: [ItemID], children: [Item]) -> Item {
        Item(
            id: id,
            title: title,
            kind: kind,
            effect: effect,
            requirement: requirement,
            scope: scope,
            when: when,
            after: after,
            isWaivable: isWaivable,
            timeout: timeout,
            offers: offers,
            expectations: expectations,
            evidence: evidence,
            secrets: secrets,
            inherits: inherits,
            directory: directory,
            suite: suite,
            isCleanup: isCleanup,
            owner: owner,
            children: children
        )
    }
}
