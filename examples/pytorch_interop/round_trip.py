#!/usr/bin/env python3
"""The PyTorch side of pytorch_interop: loads the program's weights, and hands back its own.

    round_trip.py PROGRAM FOLDER

Both ways the logits must be the same to 1e-5 of the largest. Exits with 77 where there is no
PyTorch. The safetensors package is not needed: the format is a length, a JSON header and the bytes.
"""

import json
import pathlib
import struct
import subprocess
import sys

try:
    import torch
except ImportError:
    print("there is no PyTorch here (Debian: python3-torch)")
    sys.exit(77)

DTYPES = {"F32": torch.float32, "I64": torch.int64}


class Model(torch.nn.Module):
    """The same layers under the same names as in main.cpp."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(20, 12)
        self.gru = torch.nn.GRU(12, 33, batch_first=True)
        self.output = torch.nn.Linear(33, 20)

    def forward(self, ids):
        return self.output(self.gru(self.embedding(ids))[0])


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def write(path, tensors):
    header, data = {}, b""
    names = {dtype: name for name, dtype in DTYPES.items()}
    for name, tensor in tensors.items():
        raw = bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).tolist())
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main(program, folder):
    ours, theirs = folder / "ours", folder / "theirs"
    for each in (ours, theirs):
        each.mkdir(parents=True, exist_ok=True)

    subprocess.run([program, "write", ours], check=True)
    model = Model()
    model.load_state_dict(read(ours / "weights.safetensors"))
    given = read(ours / "logits.safetensors")
    difference = (model(given["ids"]) - given["logits"]).abs().max().item()
    same = difference <= 1e-5 * given["logits"].abs().max().item()
    print("our weights in PyTorch: the logits are", "the same" if same else "different", flush=True)

    torch.manual_seed(1)
    model = Model()
    ids = torch.randint(20, (3, 7))
    write(theirs / "weights.safetensors", model.state_dict())
    write(theirs / "logits.safetensors", {"ids": ids, "logits": model(ids)})
    checked = subprocess.run([program, "check", theirs])
    return 0 if same and checked.returncode == 0 else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
