"""Options and paths that nobody should give, and which command takes which."""

__all__ = ["OPTIONS", "PATHS", "TAKES"]

OPTIONS: dict[str, list[str]] = {
    "--fps": ["0", "-1", "nan", "inf", "1e12", "25e6", "1e-320", "x", "9" * 400],
    "--cycles": ["0", "-1", "1", "x", "9" * 30, "9" * 5000, "1e3"],
    "--clock-mhz": ["0", "nan", "inf", "-3", "1e4", "1e-9", "9999", "\n"],
    "--fifo": ["", ":", "lines:0", "lines:-1", "lines:" + "9" * 30, "lines:" + "9" * 5000, "no:3",
               "lines:x", "lines", "lines:1:2", "a\nb:3", "lines:9999999"],
    "--device": ["", "x\ny", "UP5K", "generic", "hx1k", "[red]"],
    "--frames": ["0", "-1", "x", "1.5", "9" * 5000],
    "--stalls": ["-1", "x", "9" * 30],
    "--valid": ["", "2", "01x", "0", "\n", "٣"],
    "--ready": ["", "0", "0" * 5000, "é"],
    "--bits": ["1", "17", "x"],
    "--seed": ["-1", "x"],
    "--board": ["", "nope", "a\nb"],
    "--baud": ["0", "-1", "x"],
    "--timeout": ["nan", "0", "-1", "x"],
    "--threshold": ["nan", "-1", "x"],
    "--iou": ["2", "nan"],
    "--simulator": ["x", ""],
    "--kilobyte": ["0", "x"],
    "--fit": ["", "zoom", "CROP", "[red]", "crop"],
    "--no-such-option": ["1"],
}  # fmt: skip
TAKES = {
    "build": ["--fps", "--cycles", "--clock-mhz", "--fifo", "--device", "--folding", "-o"],
    "tables": ["--kilobyte"],
    "quantise": ["--device", "--bits", "--kilobyte"],
    "import": ["-o", "--check"],
    "verify": ["--frames", "--stalls", "--simulator", "--images", "--fit"],
    "eval": ["--images", "--labels", "--reference", "--confusion", "--baud", "--timeout", "--fit"],
    "synth": ["--clock-mhz", "--seed", "--board"],
    "reload": [],
    "run": ["--baud", "--timeout", "--threshold", "--iou", "--build", "--fit"],
    "sim": [
        "--frames",
        "--stalls",
        "--valid",
        "--ready",
        "--timeline",
        "--vcd",
        "--images",
        "--fit",
    ],
}
PATHS = ["none", "folder", "pipe", "/dev/zero", "/dev/null", "/dev/full", "", ".", "..", "x" * 300,
         "a\nb.json", "\x1b[2J.npy", "\udcff.png", "[red].npy", "[/x].json", "pipe.npy", "none.png",
         "/proc/self/mem", "/proc/kmsg", "loop", "folder.npy", "rtl_out", "none/x/y", "/proc/x/y",
         "model.json/x", ":smile:.onnx", "unreadable", "*", "[", "**/*.png", "x.npz:", ":", "*/*",
         "none.npz:a\nb", "x.npy:k", "folder/*", "none.csv", "pipe-ubyte.gz", "/dev/*",
         "c.png"]  # fmt: skip
