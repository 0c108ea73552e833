// swift-tools-version: 6.2
// DeployKit
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Apart from the main package, because `--sanitize=fuzzer` applies to every target it builds.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "deploykit", path: "..")],
    targets: [
        .executableTarget(
            name: "FuzzJSON",
            dependencies: [.product(name: "DeployKit", package: "deploykit")]
        ),
        .executableTarget(
            name: "FuzzMarkdown",
            dependencies: [
                .product(name: "DeployKit", package: "deploykit"),
                .product(name: "DeployKitDocuments", package: "deploykit"),
            ]
        ),
        .executableTarget(
            name: "FuzzPage",
            dependencies: [
                .product(name: "DeployKit", package: "deploykit"),
                .product(name: "DeployKitDocuments", package: "deploykit"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
