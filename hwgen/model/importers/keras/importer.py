"""The importer of Keras files."""

from hwgen.model.builder import Builder
from hwgen.model.importers.keras.topology import topology_of
from hwgen.model.importers.keras.walk import Walk, roles_of
from hwgen.model.importers.options import Pixels
from hwgen.model.importers.qonnx.frames import said_of
from hwgen.model.importers.source import Importer, Source
from hwgen.readers.keras_file import Wanted, is_keras, read_keras

__all__ = ["KERAS"]


def _build(source: Source) -> Builder:
    file = read_keras(source.data)
    topology = topology_of(file.config)
    wanted = [Wanted(one.name, one.class_name, roles_of(one)) for one in topology.listed]
    asked = source.options.pixels and Pixels(source.options.pixels)
    walk = Walk(topology, file.arrays(wanted), source.name, asked or None)
    builder = walk.run()
    meaning = walk.layers.meaning or Pixels.UNIT
    how = "as asked for" if asked else "as the model shows"
    more = {"dropped": ", ".join(walk.dropped)} if walk.dropped else {}
    if walk.doubted:
        more["weights"] = (
            f"of {', '.join(walk.doubted)} as QKeras 0.9 finds their scales; earlier versions find "
            "others, and the file names none"
        )
    return builder.provenance(
        source.provenance(
            KERAS.name,
            producer=f"Keras {file.version}".strip(),
            pixels=f"{said_of(meaning)}; {how}",
            layout=walk.layers.frame.layout,
            **more,
        )
    )


KERAS = Importer(
    "keras", "a Keras model (.h5, .keras)", lambda source: is_keras(source.data), _build
)
"""Sequential and Functional models of Larq's, QKeras' and plain layers."""
