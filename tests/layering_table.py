"""Who may import whom in hwgen/ and sim/, as docs/architecture.md prints it."""

EVERYTHING = "everything"

TABLE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "hwgen.errors": ((), ()),
    "hwgen.files": (("hwgen.errors", "hwgen.readers"), ()),
    "hwgen.build_folder": (("hwgen.errors", "hwgen.files", "hwgen.readers"), ()),
    "hwgen.readers": (("hwgen.errors",), ("PIL", "h5py", "numpy", "onnx", "torch")),
    "hwgen.families": (("hwgen.errors",), ()),
    "hwgen.model.exporters": (
        ("hwgen.errors", "hwgen.model", "hwgen.model.importers"),
        ("numpy", "onnx"),
    ),
    "hwgen.model.importers": (
        ("hwgen.errors", "hwgen.model", "hwgen.readers"), ("numpy", "torch"),
    ),
    "hwgen.importers": (
        ("hwgen.errors", "hwgen.model", "hwgen.model.importers", "hwgen.readers", "sim.golden"),
        ("brevitas", "numpy", "torch"),
    ),
    "hwgen.model": (("hwgen.errors", "hwgen.files", "hwgen.readers"), ("jsonschema", "numpy")),
    "hwgen.network": (("hwgen.errors",), ("numpy",)),
    "hwgen.passes": (("hwgen.errors", "hwgen.model", "hwgen.network"), ("numpy",)),
    "hwgen.compress": (("hwgen.errors", "hwgen.model"), ("numpy",)),
    "hwgen.sizes": (("hwgen.families",), ("numpy",)),
    "hwgen.plan": (("hwgen.errors", "hwgen.families", "hwgen.network", "hwgen.sizes"), ("numpy",)),
    "hwgen.estimates": (("hwgen.families", "hwgen.network", "hwgen.plan", "hwgen.sizes"), ()),
    "hwgen.power": (
        ("hwgen.estimates", "hwgen.families", "hwgen.network", "hwgen.plan"), ("numpy",),
    ),
    "hwgen.search": (
        (
            "hwgen.errors", "hwgen.estimates", "hwgen.families", "hwgen.network", "hwgen.plan",
            "hwgen.sizes",
        ),
        ("numpy",),
    ),
    "hwgen.accounts": (
        ("hwgen.errors", "hwgen.families", "hwgen.model", "hwgen.plan", "hwgen.sizes"),
        (),
    ),
    "hwgen.rtl": (("hwgen.errors", "hwgen.families", "hwgen.sizes"), ("amaranth", "numpy")),
    "hwgen.verilog": (
        ("hwgen.build_folder", "hwgen.errors", "hwgen.families", "hwgen.readers"),
        ("numpy",),
    ),
    "hwgen.design": (
        (
            "hwgen.build_folder", "hwgen.errors", "hwgen.families", "hwgen.model",
            "hwgen.network", "hwgen.passes", "hwgen.plan", "hwgen.readers", "hwgen.search",
        ),
        (),
    ),
    "hwgen.hardware": (
        ("hwgen.families", "hwgen.network", "hwgen.plan", "hwgen.rtl"),
        ("amaranth", "numpy"),
    ),
    "hwgen.boards": (
        (
            "hwgen.build_folder", "hwgen.design", "hwgen.errors", "hwgen.families",
            "hwgen.hardware", "hwgen.model", "hwgen.plan", "hwgen.readers", "hwgen.rtl",
            "hwgen.sizes", "hwgen.verilog", "hwgen.weight_image", "hwgen.weight_packet",
        ),
        ("amaranth", "numpy", "serial"),
    ),
    "hwgen.manifest": (
        (
            "hwgen.accounts", "hwgen.design", "hwgen.estimates", "hwgen.families", "hwgen.model",
            "hwgen.network", "hwgen.plan", "hwgen.version",
        ),
        (),
    ),
    "hwgen.integration": (("hwgen.build_folder", "hwgen.plan", "hwgen.verilog"), ("numpy",)),
    "hwgen.version": ((), ()),
    "hwgen.kept_results": (
        ("hwgen.errors", "hwgen.files", "hwgen.readers"), ("numpy", "platformdirs"),
    ),
    "hwgen.weight_image": (("hwgen.errors", "hwgen.readers"), ("numpy",)),
    "hwgen.generate": (
        (
            "hwgen.boards", "hwgen.build_folder", "hwgen.design", "hwgen.hardware",
            "hwgen.integration", "hwgen.manifest", "hwgen.model", "hwgen.plan", "hwgen.rtl",
            "hwgen.verilog", "hwgen.weight_packet",
        ),
        ("amaranth",),
    ),
    "hwgen.weight_packet": (
        ("hwgen.families", "hwgen.network", "hwgen.plan", "hwgen.sizes"), ("numpy",),
    ),
    "hwgen.report.page": (
        (
            "hwgen.accounts", "hwgen.errors", "hwgen.explore", "hwgen.families", "hwgen.report",
            "hwgen.version",
        ),
        ("bokeh", "jinja2"),
    ),
    "hwgen.report": (
        (
            "hwgen.accounts", "hwgen.errors", "hwgen.families", "hwgen.files", "hwgen.model",
            "hwgen.model.importers", "hwgen.plan", "hwgen.power",
        ),
        ("matplotlib", "numpy", "rich"),
    ),
    "hwgen.console": (("hwgen.errors",), ("rich", "typer")),
    "hwgen.command_line": (
        ("hwgen.console", "hwgen.errors", "hwgen.version"), ("shellingham", "typer"),
    ),
    "hwgen.synth": (
        (
            "hwgen.build_folder", "hwgen.errors", "hwgen.families", "hwgen.plan", "hwgen.readers",
            "hwgen.verilog",
        ),
        (),
    ),
    "hwgen.topologies": (("hwgen.errors", "hwgen.model", "hwgen.readers"), ("numpy",)),
    "hwgen.training": (
        (
            "hwgen.errors", "hwgen.files", "hwgen.model", "hwgen.readers", "hwgen.topologies",
            "sim.golden", "sim.pictures",
        ),
        ("numpy", "torch"),
    ),
    "hwgen.explore": (
        (
            "hwgen.accounts", "hwgen.compress", "hwgen.design", "hwgen.errors", "hwgen.estimates",
            "hwgen.families", "hwgen.files", "hwgen.jobs", "hwgen.kept_results", "hwgen.model",
            "hwgen.passes", "hwgen.plan", "hwgen.power", "hwgen.report", "hwgen.search",
            "hwgen.version", "sim.kept_cycles",
        ),
        ("distributed", "optuna", "pyarrow"),
    ),
    "hwgen.jobs": ((EVERYTHING,), ("numpy",)),
    "hwgen.commands": ((EVERYTHING,), ("numpy", "rich", "typer")),
    "hwgen.cli": ((EVERYTHING,), ("rich", "typer")),
    "hwgen.__main__": (("hwgen.cli",), ()),
    "sim.compiled": ((), ("numpy", "platformdirs")),
    "sim.golden": (("hwgen.errors", "hwgen.model", "sim.compiled"), ("numpy",)),
    "sim.bit_words": ((), ("numpy",)),
    "sim.plane_values": (("hwgen.plan", "sim.bit_words"), ("numpy",)),
    "sim.patterns": (("hwgen.errors",), ("numpy",)),
    "sim.memories": (
        ("hwgen.errors", "hwgen.sizes", "hwgen.weight_image", "sim.patterns"), ("numpy",),
    ),
    "sim.bandwidth": (("hwgen.plan", "hwgen.sizes", "sim.cycle", "sim.patterns"), ()),
    "sim.flow": ((), ("numpy",)),
    "sim.forms": (("sim.flow",), ()),
    "sim.schedule": (("hwgen.plan", "sim.flow", "sim.forms"), ("numpy",)),
    "sim.bounds": (("sim.flow", "sim.forms"), ("numpy",)),
    "sim.kernel": (
        (
            "hwgen.plan", "sim.compiled", "sim.flow", "sim.forms", "sim.patterns", "sim.schedule",
        ),
        ("numpy",),
    ),
    "sim.sweeps": (("hwgen.plan", "sim.flow", "sim.patterns"), ("numpy",)),
    "sim.deadlock": (("hwgen.plan", "sim.flow", "sim.patterns"), ()),
    "sim.frame_ends": (
        (
            "hwgen.errors", "hwgen.plan", "sim.bounds", "sim.cycle", "sim.deadlock", "sim.patterns",
            "sim.schedule",
        ),
        ("numpy",),
    ),
    "sim.frame_sweeps": (
        (
            "hwgen.plan", "sim.bounds", "sim.deadlock", "sim.flow", "sim.forms", "sim.patterns",
            "sim.schedule", "sim.sweeps",
        ),
        ("numpy",),
    ),
    "sim.solver": (
        (
            "hwgen.errors", "hwgen.plan", "sim.deadlock", "sim.flow", "sim.frame_sweeps",
            "sim.kernel", "sim.patterns",
        ),
        (),
    ),
    "sim.cycle": (
        ("hwgen.errors", "hwgen.plan", "sim.flow", "sim.patterns", "sim.solver"), ("numpy",),
    ),
    "sim.neighbourhood": (("hwgen.plan",), ()),
    "sim.sizing": (
        (
            "hwgen.errors", "hwgen.plan", "sim.activity", "sim.cycle", "sim.flow", "sim.kernel",
            "sim.neighbourhood",
        ),
        (),
    ),
    "sim.kept_cycles": (("hwgen.kept_results", "hwgen.plan", "sim.cycle", "sim.sizing"), ()),
    "sim.activity": (("hwgen.plan", "sim.cycle", "sim.flow"), ("numpy",)),
    "sim.waves": (("hwgen.plan", "sim.cycle", "sim.flow", "sim.patterns"), ("numpy",)),
    "sim.vcd": (
        (
            "hwgen.errors", "hwgen.plan", "hwgen.files", "hwgen.network", "sim.flow", "sim.waves",
        ),
        ("numpy", "vcd"),
    ),
    "sim.sketch": (("hwgen.plan", "sim.activity", "sim.cycle", "sim.flow"), ("numpy",)),
    "sim.timeline": (("hwgen.report", "sim.sketch"), ("matplotlib", "numpy")),
    "sim.observe": (
        (
            "hwgen.errors", "hwgen.files", "hwgen.model", "hwgen.plan", "hwgen.report",
            "sim.activity", "sim.cycle", "sim.flow", "sim.memories", "sim.patterns", "sim.sketch",
            "sim.timeline", "sim.transfer_values", "sim.vcd", "sim.waves",
        ),
        ("numpy",),
    ),
    "sim.simulate": (
        (
            "hwgen.design", "hwgen.errors", "hwgen.jobs", "hwgen.model", "hwgen.readers",
            "hwgen.weight_packet", "sim.activity", "sim.bandwidth", "sim.golden",
            "sim.images", "sim.kept_cycles", "sim.memories", "sim.observe", "sim.patterns",
            "sim.pictures", "sim.timeline", "sim.vcd",
        ),
        ("numpy",),
    ),
    "sim.summary": (
        (
            "hwgen.console", "hwgen.plan", "hwgen.report", "sim.bandwidth", "sim.golden",
            "sim.simulate",
        ),
        ("numpy", "rich"),
    ),
    "sim.stage_values": (
        ("hwgen.model", "sim.bit_words", "sim.compiled", "sim.golden"), ("numpy",),
    ),
    "sim.window_words": (("hwgen.plan", "sim.bit_words", "sim.compiled"), ("numpy",)),
    "sim.transfer_values": (
        (
            "hwgen.model", "hwgen.plan", "sim.bit_words", "sim.golden", "sim.plane_values",
            "sim.stage_values", "sim.window_words",
        ),
        ("numpy",),
    ),
    "sim.coverage": (("hwgen.model", "sim.golden"), ("numpy",)),
    "sim.stimulus": (("hwgen.model", "sim.coverage"), ("numpy",)),
    "sim.compare": (("hwgen.errors",), ("numpy",)),
    "sim.images": (("hwgen.errors", "hwgen.model", "hwgen.readers"), ("numpy",)),
    "sim.pictures": (("hwgen.errors", "hwgen.model", "hwgen.readers", "sim.images"), ("numpy",)),
    "sim.metrics": ((), ("numpy",)),
    "sim.tally": (("sim.golden", "sim.metrics"), ("numpy",)),
    "sim.parts": (("hwgen.sizes",), ()),
    "sim.benches": (
        (
            "hwgen.build_folder", "hwgen.errors", "hwgen.families", "hwgen.model",
            "hwgen.network", "hwgen.plan", "hwgen.readers", "hwgen.sizes", "hwgen.synth",
            "hwgen.verilog", "sim.bit_words", "sim.compare", "sim.cycle", "sim.patterns",
            "sim.transfer_values",
        ),
        ("cocotb", "cocotb_tools", "numpy", "platformdirs"),
    ),
    "sim.boards": (
        (
            "hwgen.boards", "hwgen.design", "hwgen.errors", "hwgen.synth", "sim.benches",
        ),
        (),
    ),
    "sim.cli": ((EVERYTHING,), ("numpy", "rich", "typer")),
    "sim.__main__": (("sim.cli",), ()),
}  # fmt: skip
"""A part is a module or a folder. For each: the parts that it may import besides itself, and the
packages from outside the standard library."""
