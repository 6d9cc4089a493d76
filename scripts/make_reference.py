#!/usr/bin/python3
"""Writes tests/reference/*.hpp: small stored values from PyTorch, in double precision.

Usage: scripts/make_reference.py [FOLDER]        (default: tests/reference)

Needs PyTorch (Debian: python3-torch). The stored files are part of the project, so nobody has to
run this to build or test; tests/reference/README.md says what they hold.
"""

import pathlib
import sys

import torch

LENGTHS = (5, 3, 2)
INPUT, HIDDEN = 4, 5
VOCABULARY = 6
OUTPUT_VOCABULARY = 19  # whole vectors and a rest
SMOOTHING = 0.15  # the rate in losses_test.cpp
LATENT = 4
PARAMETERS = 19  # whole vectors and a rest, for every vector width
STEPS = 10
START, END = 1, 2  # the symbols before and after a word
TAGS = 4
KL_WEIGHT = 0.7
NORMALISED = 5  # rows of a batch that is normalised


class Header:
    """A header under construction: constants and arrays in nested namespaces."""

    def __init__(self, about):
        self.lines = [
            f"// {about}",
            f"// Written by scripts/make_reference.py with PyTorch {torch.__version__}, "
            "in double precision. Do not edit.",
            "#pragma once",
            "",
            "// clang-format off",
        ]

    def open(self, name):
        self.lines += ["", f"namespace vaecollapse::reference::{name} {{", ""]

    def close(self):
        self.lines += ["", "}"]

    def number(self, name, value):
        kind = "int" if isinstance(value, int) else "double"
        text = str(value) if kind == "int" else real(value)
        self.lines.append(f"inline constexpr {kind} {name} = {text};")

    def array(self, name, tensor, axes):
        """Stores `tensor` in row-major order; `axes` names its axes for the reader."""
        tensor = torch.as_tensor(tensor).detach()
        kind, text, per_line = (
            ("double", real, 4) if tensor.is_floating_point() else ("int", str, 20)
        )
        values = tensor.contiguous().reshape(-1).tolist()
        extents = ", ".join(str(extent) for extent in tensor.shape)
        self.lines.append(f"/// [{axes}] = [{extents}]")
        self.lines.append(f"inline constexpr {kind} {name}[{len(values)}] = {{")
        for first in range(0, len(values), per_line):
            row = ", ".join(text(value) for value in values[first : first + per_line])
            self.lines.append(f"  {row},")
        self.lines.append("};")

    def write(self, path):
        path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def real(value):
    text = f"{value:.17g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


def leaf(*shape, scale=1.0):
    return (scale * torch.randn(*shape)).requires_grad_()


def recurrent(header, name, cell, directions):
    """A GRU or LSTM over a packed ragged batch. The loss is sum(output * d_output) and the same sum
    over the last states (h and, of an LSTM, c), so the seeds are its gradients with respect to the
    outputs."""
    batch, columns = len(LENGTHS), sum(LENGTHS)
    states = "hc" if cell is torch.nn.LSTM else "h"
    layer = cell(INPUT, HIDDEN, bidirectional=directions == 2)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(0.5 * torch.randn_like(weight))
    x = leaf(columns, INPUT)
    first = [leaf(directions, batch, HIDDEN, scale=0.5) for _ in states]
    steps = [sum(length > t for length in LENGTHS) for t in range(max(LENGTHS))]
    packed = torch.nn.utils.rnn.PackedSequence(x, torch.tensor(steps))
    output, last = layer(packed, tuple(first) if len(states) > 1 else first[0])
    last = last if len(states) > 1 else (last,)
    d_output, d_last = torch.randn_like(output.data), [torch.randn_like(state) for state in last]
    loss = (output.data * d_output).sum()
    for state, d_state in zip(last, d_last):
        loss = loss + (state * d_state).sum()
    loss.backward()

    header.open(name)
    header.number("steps", max(LENGTHS))
    header.number("batch", batch)
    header.number("columns", columns)
    header.number("input", INPUT)
    header.number("hidden", HIDDEN)
    header.number("directions", directions)
    header.array("lengths", torch.tensor(LENGTHS), "B")
    header.array("x", x, "columns, I")
    for state, values in zip(states, first):
        header.array(state + "_first", values, "directions, B, H")
    gates = f"{layer.weight_hh_l0.shape[0] // HIDDEN}H"
    kinds = {
        "weight_ih": f"{gates}, I",
        "weight_hh": f"{gates}, H",
        "bias_ih": gates,
        "bias_hh": gates,
    }
    for suffix in ("_l0", "_l0_reverse")[:directions]:
        for kind, axes in kinds.items():
            weight = getattr(layer, kind + suffix)
            header.array(kind + suffix, weight, axes)
            header.array("d_" + kind + suffix, weight.grad, axes)
    header.array("output", output.data, "columns, directions * H")
    for state, values in zip(states, last):
        header.array(state + "_last", values, "directions, B, H")
    header.number("loss", loss.item())
    header.array("d_output", d_output, "columns, directions * H")
    for state, values in zip(states, d_last):
        header.array(f"d_{state}_last", values, "directions, B, H")
    header.array("d_x", x.grad, "columns, I")
    for state, values in zip(states, first):
        header.array(f"d_{state}_first", values.grad, "directions, B, H")
    header.close()


def cross_entropy(header):
    """nll of a row is the sum over its steps; the loss is sum(nll * d_nll)."""
    columns = sum(LENGTHS)
    rows = torch.tensor([b for t in range(max(LENGTHS)) for b, n in enumerate(LENGTHS) if n > t])
    logits = leaf(columns, VOCABULARY, scale=2.0)
    targets = torch.randint(VOCABULARY, (columns,))
    each = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    nll = torch.zeros(len(LENGTHS)).index_add(0, rows, each)
    d_nll = torch.randn_like(nll)
    (nll * d_nll).sum().backward()
    d_logits, logits.grad = logits.grad, None
    each = torch.nn.functional.cross_entropy(
        logits, targets, reduction="none", label_smoothing=SMOOTHING
    )
    smoothed = torch.zeros(len(LENGTHS)).index_add(0, rows, each)
    (smoothed * d_nll).sum().backward()

    header.open("cross_entropy")
    header.number("batch", len(LENGTHS))
    header.number("columns", columns)
    header.number("symbols", VOCABULARY)
    header.array("lengths", torch.tensor(LENGTHS), "B")
    header.array("logits", logits, "columns, V")
    header.array("targets", targets, "columns")
    header.array("nll", nll, "B")
    header.array("d_nll", d_nll, "B")
    header.array("d_logits", d_logits, "columns, V")
    header.array("smoothed", smoothed, "B")
    header.array("d_logits_of_smoothed", logits.grad, "columns, V")
    header.close()


def linear_cross_entropy(header):
    """The same of logits that a linear layer makes of hidden states. The smoothed
    one has no bias."""
    columns = sum(LENGTHS)
    rows = torch.tensor([b for t in range(max(LENGTHS)) for b, n in enumerate(LENGTHS) if n > t])
    states, weight = leaf(columns, HIDDEN), leaf(OUTPUT_VOCABULARY, HIDDEN)
    bias = leaf(OUTPUT_VOCABULARY)
    targets = torch.randint(OUTPUT_VOCABULARY, (columns,))
    d_nll = torch.randn(len(LENGTHS))

    header.open("linear_cross_entropy")
    header.number("batch", len(LENGTHS))
    header.number("columns", columns)
    header.number("hidden", HIDDEN)
    header.number("symbols", OUTPUT_VOCABULARY)
    header.array("lengths", torch.tensor(LENGTHS), "B")
    header.array("states", states, "columns, H")
    header.array("weight", weight, "V, H")
    header.array("bias", bias, "V")
    header.array("targets", targets, "columns")
    header.array("d_nll", d_nll, "B")
    for kind, smoothing, has_bias in (("plain", 0.0, True), ("smoothed", SMOOTHING, False)):
        logits = torch.nn.functional.linear(states, weight, bias if has_bias else None)
        each = torch.nn.functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=smoothing
        )
        nll = torch.zeros(len(LENGTHS)).index_add(0, rows, each)
        leaves = (states, weight, bias) if has_bias else (states, weight)
        gradients = torch.autograd.grad((nll * d_nll).sum(), leaves)
        header.array(f"{kind}_nll", nll, "B")
        header.array(f"{kind}_d_states", gradients[0], "columns, H")
        header.array(f"{kind}_d_weight", gradients[1], "V, H")
        if has_bias:
            header.array(f"{kind}_d_bias", gradients[2], "V")
    header.close()


def given_gradient(header, name, y, axes):
    """Stores a result and a gradient for it, and runs backward from there."""
    d_y = torch.randn_like(y)
    y.backward(d_y)
    header.array(name, y, axes)
    header.array("d_" + name, d_y, axes)


def matmul(header):
    """The four products of matrices as they lie and transposed; row-major [R, C] here is the
    library's [C x R], so that its a b is the b a of what stands here."""
    rows, inner, columns = 3, 4, 5
    for name, left, right in (("plain", 0, 0), ("left", 1, 0), ("right", 0, 1), ("both", 1, 1)):
        a = leaf(*((rows, inner) if left else (inner, rows)))
        b = leaf(*((inner, columns) if right else (columns, inner)))
        header.open("matmul_" + name)
        header.number("rows", rows)
        header.number("inner", inner)
        header.number("columns", columns)
        given_gradient(header, "y", (b.T if right else b) @ (a.T if left else a), "columns, rows")
        for key, factor in (("a", a), ("b", b)):
            header.array(key, factor, "as it lies")
            header.array("d_" + key, factor.grad, "as it lies")
        header.close()


def matrix_ops(header):
    """Softmax and its logarithm, losses by label, binary and squared, and LayerNorm. Each result
    has a gradient given."""
    functional = torch.nn.functional
    columns, rows = 4, 19
    for name, op in (("softmax", torch.softmax), ("log_softmax", torch.log_softmax)):
        x = leaf(columns, rows, scale=3.0)
        header.open(name)
        header.number("rows", rows)
        header.number("columns", columns)
        given_gradient(header, "y", op(x, dim=1), "columns, rows")
        header.array("x", x, "columns, rows")
        header.array("d_x", x.grad, "columns, rows")
        header.close()

    x, labels = leaf(columns, VOCABULARY, scale=2.0), torch.tensor([5, 0, -1, 3])
    header.open("label_cross_entropy")
    header.number("symbols", VOCABULARY)
    header.number("columns", columns)
    header.array("labels", labels, "columns")
    nll = functional.cross_entropy(x, labels, ignore_index=-1, reduction="none")
    given_gradient(header, "nll", nll, "columns")
    header.array("logits", x, "columns, V")
    header.array("d_logits", x.grad, "columns, V")
    header.close()

    x, targets = leaf(columns, rows, scale=8.0), torch.rand(columns, rows)
    targets[0, :4] = torch.tensor([0.0, 1.0, 0.0, 1.0])
    header.open("binary_cross_entropy")
    header.number("rows", rows)
    header.number("columns", columns)
    header.array("targets", targets, "columns, rows")
    nll = functional.binary_cross_entropy_with_logits(x, targets, reduction="none")
    given_gradient(header, "nll", nll, "columns, rows")
    header.array("logits", x, "columns, rows")
    header.array("d_logits", x.grad, "columns, rows")
    header.close()

    a, b = leaf(columns, rows), leaf(columns, rows)
    header.open("mean_squared_error")
    header.number("rows", rows)
    header.number("columns", columns)
    given_gradient(header, "loss", functional.mse_loss(a, b), "")
    for key, operand in (("a", a), ("b", b)):
        header.array(key, operand, "columns, rows")
        header.array("d_" + key, operand.grad, "columns, rows")
    header.close()

    layer = torch.nn.LayerNorm(rows)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.randn_like(weight))
    x = (0.5 + 2 * torch.randn(columns, rows)).requires_grad_()
    header.open("layer_norm")
    header.number("rows", rows)
    header.number("columns", columns)
    header.number("epsilon", layer.eps)
    given_gradient(header, "y", layer(x), "columns, rows")
    header.array("x", x, "columns, rows")
    header.array("d_x", x.grad, "columns, rows")
    for name, weight in layer.named_parameters():
        header.array(name, weight, "rows")
        header.array("d_" + name, weight.grad, "rows")
    header.close()


def gaussian_kl(header):
    """KL(N(mu, exp(logvar)) || N(0, 1)) of each dimension, from torch.distributions; the loss is
    sum(kl * d_kl)."""
    normal = torch.distributions.Normal
    mu, logvar = leaf(len(LENGTHS), LATENT), leaf(len(LENGTHS), LATENT)
    posterior = normal(mu, (0.5 * logvar).exp())
    prior = normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = torch.distributions.kl_divergence(posterior, prior)
    d_kl = torch.randn_like(kl)
    (kl * d_kl).sum().backward()

    header.open("gaussian_kl")
    header.number("batch", len(LENGTHS))
    header.number("latent", LATENT)
    header.array("mu", mu, "B, Z")
    header.array("logvar", logvar, "B, Z")
    header.array("kl", kl, "B, Z")
    header.number("kl_sum", kl.sum().item())
    header.array("d_kl", d_kl, "B, Z")
    header.array("d_mu", mu.grad, "B, Z")
    header.array("d_logvar", logvar.grad, "B, Z")
    header.close()


def batch_norm(header):
    """Two batches in training mode, then one in evaluation mode, through one BatchNorm1d whose
    weight is the same number throughout; the loss of each is sum(y * d_y)."""
    layer = torch.nn.BatchNorm1d(LATENT)
    with torch.no_grad():
        layer.weight.fill_(0.6)
        layer.bias.copy_(torch.randn(LATENT))
    header.open("batch_norm")
    header.number("batch", NORMALISED)
    header.number("latent", LATENT)
    header.number("scale", 0.6)
    header.number("epsilon", layer.eps)
    header.number("momentum", layer.momentum)
    header.array("shift", layer.bias, "Z")
    header.close()
    for name in ("first", "second", "evaluated"):
        layer.train(name != "evaluated")
        layer.bias.grad = None
        x = (0.5 + 2 * torch.randn(NORMALISED, LATENT)).requires_grad_()
        y = layer(x)
        d_y = torch.randn_like(y)
        (y * d_y).sum().backward()
        header.open("batch_norm_" + name)
        header.array("x", x, "B, Z")
        header.array("y", y, "B, Z")
        header.array("d_y", d_y, "B, Z")
        header.array("d_x", x.grad, "B, Z")
        header.array("d_shift", layer.bias.grad, "Z")
        header.array("running_mean", layer.running_mean, "Z")
        header.array("running_var", layer.running_var, "Z")
        header.close()


class AdditiveAttention(torch.nn.Module):
    """One row at a time: softmax(v . tanh(W_q q + b_q + W_k m + b_k)) over the row's positions."""

    def __init__(self, width):
        super().__init__()
        self.query = torch.nn.Linear(width, width)
        self.key = torch.nn.Linear(INPUT, width)
        self.value = torch.nn.Linear(INPUT, width)
        self.score = torch.nn.Parameter(torch.randn(width))

    def forward(self, queries, memory):
        scores = torch.tanh(self.query(queries)[:, None] + self.key(memory)[None]) @ self.score
        weights = torch.softmax(scores, dim=1)
        return weights @ self.value(memory), weights


class ScaledDotAttention(torch.nn.Module):
    """PyTorch's own attention with one head, whose output projection is the identity."""

    def __init__(self, width):
        super().__init__()
        self.layer = torch.nn.MultiheadAttention(
            width, 1, kdim=INPUT, vdim=INPUT, batch_first=True
        )
        with torch.no_grad():
            self.layer.in_proj_bias.normal_()
            self.layer.out_proj.weight.copy_(torch.eye(width))
            self.layer.out_proj.bias.zero_()
        self.layer.out_proj.requires_grad_(False)

    def forward(self, queries, memory):
        """Among padding, so that the masks of PyTorch are part of the comparison."""
        padded = torch.cat([memory, torch.full((2, INPUT), 7.0)])[None]
        mask = torch.arange(len(padded[0]))[None] >= len(memory)
        found, weights = self.layer(queries[None], padded, padded, key_padding_mask=mask)
        return found[0], weights[0, :, : len(memory)]


def time_major(lengths):
    """(row, step) of each column of a plan of rows of these lengths."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return [(row, t) for t in range(max(lengths)) for row in order if lengths[row] > t]


def sequence_attention(header, name, layer):
    """Queries of three rows attend to the positions of their rows; the loss is
    sum(found * d_found) + sum(weights * d_weights)."""
    query_lengths = (2, 4, 1)
    queries, memory = leaf(sum(query_lengths), HIDDEN), leaf(sum(LENGTHS), INPUT)
    asked, places = time_major(query_lengths), time_major(LENGTHS)
    found, weights = [None] * len(asked), [None] * len(asked)
    for row in range(len(LENGTHS)):
        mine = [n for n, (of, _) in enumerate(asked) if of == row]
        positions = [n for n, (of, _) in enumerate(places) if of == row]
        for n, y, w in zip(mine, *layer(queries[mine], memory[positions])):
            found[n], weights[n] = y, w
    found, weights = torch.stack(found), torch.cat(weights)
    d_found, d_weights = torch.randn_like(found), torch.randn_like(weights)
    ((found * d_found).sum() + (weights * d_weights).sum()).backward()

    header.open(name)
    header.number("input", INPUT)
    header.number("width", HIDDEN)
    header.array("lengths", torch.tensor(LENGTHS), "B")
    header.array("query_lengths", torch.tensor(query_lengths), "B")
    header.array("queries", queries, "M, width")
    header.array("memory", memory, "N, input")
    header.array("found", found, "M, width")
    header.array("weights", weights, "pairs")
    header.array("d_found", d_found, "M, width")
    header.array("d_weights", d_weights, "pairs")
    header.array("d_queries", queries.grad, "M, width")
    header.array("d_memory", memory.grad, "N, input")
    for i, part in enumerate(("query", "key", "value")):
        if isinstance(layer, ScaledDotAttention):
            weight = getattr(layer.layer, part[0] + "_proj_weight")
            ours = slice(i * HIDDEN, (i + 1) * HIDDEN)
            bias, d_bias = layer.layer.in_proj_bias[ours], layer.layer.in_proj_bias.grad[ours]
        else:
            weight, bias = getattr(layer, part).weight, getattr(layer, part).bias
            d_bias = bias.grad
        header.array(part + "_weight", weight, "output, input")
        header.array("d_" + part + "_weight", weight.grad, "output, input")
        header.array(part + "_bias", bias, "output")
        header.array("d_" + part + "_bias", d_bias, "output")
    if isinstance(layer, AdditiveAttention):
        header.array("score_weight", layer.score, "width")
        header.array("d_score_weight", layer.score.grad, "width")
    header.close()


class Recurrent(torch.nn.Module):
    """Symbols through a bidirectional GRU; the code is the last state of both directions."""

    def __init__(self, symbols, width, hidden):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, width)
        self.gru = torch.nn.GRU(width, hidden, bidirectional=True)

    def forward(self, rows):
        packed = torch.nn.utils.rnn.pack_sequence(
            [self.embedding(row) for row in rows], enforce_sorted=False
        )
        return torch.cat(tuple(self.gru(packed)[1]), dim=1)


class Heads(torch.nn.Module):
    """mu and logvar, the latter between -20 and 20."""

    def __init__(self, width, latent):
        super().__init__()
        self.mu = torch.nn.Linear(width, latent)
        self.logvar = torch.nn.Linear(width, latent)

    def forward(self, code):
        softplus = torch.nn.functional.softplus
        logvar = self.logvar(code)
        return self.mu(code), logvar + softplus(-20 - logvar) - softplus(logvar - 20)


class Generator(torch.nn.Module):
    """Hears [emb(x_{t-1}); c; z] from h_0 = tanh(W [z; c] + b); logits from [h_t; c]."""

    def __init__(self, symbols, tags, width, hidden, latent):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, width)
        self.tags = torch.nn.Embedding(tags, width)
        self.initial = torch.nn.Linear(latent + width, hidden)
        self.gru = torch.nn.GRU(width + width + latent, hidden)
        self.output = torch.nn.Linear(hidden + width, symbols)

    def nll(self, z, tags, word):
        """One row at a time: the plainest way."""
        c = self.tags(torch.tensor(tags, dtype=torch.long)).sum(0)
        h = torch.tanh(self.initial(torch.cat([z, c]))).reshape(1, 1, -1)
        nll = torch.zeros(())
        for before, target in zip([START] + word, word + [END]):
            x = torch.cat([self.embedding.weight[before], c, z]).reshape(1, 1, -1)
            _, h = self.gru(x, h)
            logits = self.output(torch.cat([h.reshape(-1), c]))
            nll = nll - torch.log_softmax(logits, dim=0)[target]
        return nll


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Recurrent(VOCABULARY + 2, 4, 5)
        self.posterior = Heads(2 * 5, 3)
        self.decoder = Generator(VOCABULARY + 2, TAGS, 4, 6, 3)


def whole_model(header):
    """The reinflection network on a ragged batch; the loss is mean NLL + KL_WEIGHT * mean KL."""
    sources = [[3, 5, 4], [7, 3, 3, 6, 5], [4], [6, 7, 4, 3]]
    targets = [[3, 5], [7, 3, 6, 5], [], [6, 7, 4, 3, 5, 5]]
    tags = [[1], [], [0, 2, 3], [2]]
    network = Network()
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(0.6 * torch.randn_like(weight))
    noise = torch.randn(len(sources), 3)
    mu, logvar = network.posterior(network.encoder([torch.tensor(row) for row in sources]))
    z = mu + (logvar / 2).exp() * noise
    kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1)
    nll = torch.stack([network.decoder.nll(*row) for row in zip(z, tags, targets)])
    loss = nll.mean() + KL_WEIGHT * kl.sum(1).mean()
    loss.backward()

    header.open("whole_model")
    header.number("batch", len(sources))
    header.number("latent", 3)
    header.number("symbols", VOCABULARY + 2)
    header.number("tags", TAGS)
    header.number("embedding", 4)
    header.number("encoder_hidden", 5)
    header.number("decoder_hidden", 6)
    header.number("kl_weight", KL_WEIGHT)
    for name, rows in {"source": sources, "target": targets, "tag": tags}.items():
        header.array(name + "_counts", torch.tensor([len(row) for row in rows]), "B")
        header.array(name + "_ids", torch.tensor(sum(rows, [])), "all rows, one after the other")
    header.array("noise", noise, "B, Z")
    header.array("mu", mu, "B, Z")
    header.array("logvar", logvar, "B, Z")
    header.array("kl", kl, "B, Z")
    header.array("nll", nll, "B")
    header.number("loss", loss.item())
    parameters_with_gradients(header, network)
    header.close()


def parameters_with_gradients(header, module):
    """A table of all parameters, which bear the library's names."""
    header.lines += [
        "struct Parameter {",
        "  const char* name;",
        "  int size;",
        "  const double* values;",
        "  const double* gradients;",
        "};",
    ]
    table = []
    for name, weight in module.named_parameters():
        axes = "output, input" if weight.dim() == 2 else "output"
        array = name.replace(".", "_")
        header.array(array, weight, axes)
        header.array("d_" + array, weight.grad, axes)
        table.append(f'  {{"{name}", {weight.numel()}, {array}, d_{array}}},')
    header.lines += ["inline constexpr Parameter parameters[] = {", *table, "};"]


class Reader(torch.nn.Module):
    """A sentence from left to right through an LSTM; the code is the last output."""

    def __init__(self, symbols, width, hidden):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, width)
        self.lstm = torch.nn.LSTM(width, hidden)

    def forward(self, rows):
        return torch.stack([self.lstm(self.embedding(row).unsqueeze(1))[0][-1, 0] for row in rows])


class Tied(torch.nn.Module):
    """The bias of an output layer whose weights are embeddings."""

    def __init__(self, symbols):
        super().__init__()
        self.bias = torch.nn.Parameter(torch.zeros(symbols))


class Writer(torch.nn.Module):
    """An LSTM that reads [emb(x_{t-1}); z] from [h_0; c_0] = tanh(W z); zeros without z."""

    def __init__(self, symbols, width, hidden, latent, tied, bias):
        super().__init__()
        self.embedding = torch.nn.Embedding(symbols, width)
        self.recurrent = torch.nn.LSTM(width + latent, hidden)
        self.hidden, self.latent, self.tied = hidden, latent, tied
        if latent > 0:
            self.initial = torch.nn.Linear(latent, 2 * hidden, bias=bias)
        self.output = Tied(symbols) if tied else torch.nn.Linear(hidden, symbols, bias=bias)

    def nll(self, z, sentence):
        """One symbol at a time: the plainest way."""
        start = torch.tanh(self.initial(z)) if self.latent > 0 else torch.zeros(2 * self.hidden)
        state = tuple(part.reshape(1, 1, -1) for part in start.chunk(2))
        nll = torch.zeros(())
        for before, target in zip([START] + sentence, sentence + [END]):
            x = torch.cat([self.embedding.weight[before], z]).reshape(1, 1, -1)
            output, state = self.recurrent(x, state)
            h = output.reshape(-1)
            if self.tied:
                logits = self.embedding.weight @ h + self.output.bias
            else:
                logits = self.output(h)
            nll = nll - torch.log_softmax(logits, dim=0)[target]
        return nll


def sentence_network(header, name, latent, tied, bias):
    """A VAE of sentences, or without a latent a language model; the loss is that of whole_model."""
    sentences = [[3, 5, 4], [7, 3, 3, 6, 5], [4], [6, 7, 4, 3, 3, 5, 7]]
    network = torch.nn.Module()
    hidden = 4 if tied else 5
    if latent > 0:
        network.encoder = Reader(VOCABULARY + 2, 4, hidden)
        network.posterior = Heads(hidden, latent)
    network.decoder = Writer(VOCABULARY + 2, 4, hidden, latent, tied, bias)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(0.6 * torch.randn_like(weight))
    noise = torch.randn(len(sentences), latent)
    z, kl = noise, torch.zeros(len(sentences), 1)
    if latent > 0:
        mu, logvar = network.posterior(network.encoder([torch.tensor(row) for row in sentences]))
        z = mu + (logvar / 2).exp() * noise
        kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1)
    nll = torch.stack([network.decoder.nll(*row) for row in zip(z, sentences)])
    loss = nll.mean() + KL_WEIGHT * kl.sum(1).mean()
    loss.backward()

    header.open(name)
    header.number("batch", len(sentences))
    header.number("latent", latent)
    header.number("symbols", VOCABULARY + 2)
    header.number("embedding", 4)
    header.number("hidden", hidden)
    header.number("kl_weight", KL_WEIGHT)
    header.array("counts", torch.tensor([len(row) for row in sentences]), "B")
    header.array("ids", torch.tensor(sum(sentences, [])), "all rows, one after the other")
    if latent > 0:
        header.array("noise", noise, "B, Z")
        header.array("kl", kl, "B, Z")
    header.array("nll", nll, "B")
    header.number("loss", loss.item())
    parameters_with_gradients(header, network)
    header.close()


class PlaceAttention(torch.nn.Module):
    def __init__(self, query, key, width):
        super().__init__()
        self.query = torch.nn.Linear(query, width)
        self.key = torch.nn.Linear(key, width)
        self.score = torch.nn.Linear(width, 1, bias=False)

    def forward(self, query, keys):
        scores = self.score(torch.tanh(self.query(query) + self.key(keys)))
        return torch.softmax(scores.reshape(-1), dim=0)


class AttendingGenerator(torch.nn.Module):
    """A word from a global z and a z for each place, one row and one symbol at a time."""

    def __init__(self, cell, sizes):
        super().__init__()
        width, hidden, latent, tag = (sizes[x] for x in ("embedding", "hidden", "latent", "tag"))
        given = latent + sizes["global"] + tag
        self.embedding = torch.nn.Embedding(sizes["symbols"], width)
        self.tags = torch.nn.Embedding(sizes["tags"], tag)
        self.cell_name = cell.__name__.lower()
        self.add_module(self.cell_name, cell(width + given, hidden))
        self.has_cell_state = cell is torch.nn.LSTM
        self.initial = torch.nn.Linear(given, hidden * (2 if self.has_cell_state else 1))
        self.places = torch.nn.Embedding(sizes["places"], sizes["place"])
        self.attention = PlaceAttention(hidden + tag, latent + sizes["place"], sizes["attention"])
        self.readout = torch.nn.Linear(hidden + latent + tag, hidden)
        self.output = torch.nn.Linear(hidden, sizes["symbols"])

    def forward(self, whole, places, tags, inputs):
        """The logits of each position and the weights of the places; the last place's embedding
        stands for those behind it."""
        tags = self.tags(torch.tensor(tags, dtype=torch.long)).sum(0)
        mean = places.mean(0)
        numbers = torch.arange(len(places)).clamp(max=self.places.num_embeddings - 1)
        keys = torch.cat([places, self.places(numbers)], dim=1)
        start = torch.tanh(self.initial(torch.cat([mean, whole, tags]))).reshape(1, -1)
        state = tuple(start.chunk(2, dim=1)) if self.has_cell_state else start
        layer = getattr(self, self.cell_name)
        logits, weights = [], []
        for before in inputs:
            x = torch.cat([self.embedding.weight[before], tags, mean, whole]).reshape(1, -1)
            output, state = layer(x, state)
            h = output.reshape(-1)
            weights.append(self.attention(torch.cat([h, tags]), keys))
            context = weights[-1] @ places
            logits.append(self.output(torch.tanh(self.readout(torch.cat([h, context, tags])))))
        return torch.stack(logits), weights


def attending_decoder(header, name, cell):
    """Rows of one to five places; the loss is sum(logits * d_logits). z is stored by columns, the
    global ones first; what is left over in the last of them is 7."""
    sizes = {
        "symbols": VOCABULARY + 2,
        "tags": TAGS,
        "embedding": 4,
        "hidden": 5,
        "latent": 3,
        "global": 4,
        "attention": 6,
        "tag": 2,
        "place": 2,
        "places": 4,
    }
    inputs = [[1, 3, 5], [1], [1, 7, 3, 6, 5], [1, 4]]
    tags = [[1], [], [0, 2, 3], [2]]
    places = (3, 5, 1, 3)
    columns = -(-sizes["global"] // sizes["latent"])
    decoder = AttendingGenerator(cell, sizes)
    with torch.no_grad():
        for weight in decoder.parameters():
            weight.copy_(0.6 * torch.randn_like(weight))
    at = time_major([columns + count for count in places])
    with torch.no_grad():
        z = torch.randn(len(at), sizes["latent"])
        left_over = sizes["global"] - (columns - 1) * sizes["latent"]
        z[torch.tensor([step == columns - 1 for _, step in at]), left_over:] = 7.0
    z.requires_grad_()
    found, weights = [], []
    for row, count in enumerate(places):
        steps = [z[at.index((row, step))] for step in range(columns + count)]
        whole = torch.cat(steps[:columns])[: sizes["global"]]
        of_row = decoder(whole, torch.stack(steps[columns:]), tags[row], inputs[row])
        found.append(of_row[0])
        weights.append(of_row[1])
    asked = time_major([len(word) for word in inputs])
    logits = torch.stack([found[row][t] for row, t in asked])
    d_logits = torch.randn_like(logits)
    (logits * d_logits).sum().backward()

    header.open(name)
    for size, value in sizes.items():
        header.number(size + "_size", value)
    header.array("places", torch.tensor(places), "B")
    header.array("input_counts", torch.tensor([len(word) for word in inputs]), "B")
    header.array("inputs", torch.tensor([inputs[row][t] for row, t in asked]), "columns")
    header.array("tag_counts", torch.tensor([len(row) for row in tags]), "B")
    header.array("tag_ids", torch.tensor(sum(tags, [])), "all rows, one after the other")
    header.array("z", z, "columns of z, D")
    header.array("d_z", z.grad, "columns of z, D")
    header.array("logits", logits, "columns, V")
    header.array("d_logits", d_logits, "columns, V")
    header.array("weights", torch.cat([weights[row][t] for row, t in asked]), "pairs")
    parameters_with_gradients(header, decoder)
    header.close()


def optimiser(header, name, make, options, rates=None, max_norm=None):
    """STEPS updates with given gradients; `rates` sets the learning rate of each step, `max_norm`
    clips the gradients' norm first."""
    start, gradients = torch.randn(PARAMETERS), torch.randn(STEPS, PARAMETERS)
    gradients *= 10.0 ** torch.linspace(-3, 1, STEPS).unsqueeze(1)
    parameter = torch.nn.Parameter(start.clone())
    stepper = make([parameter], **options)
    values, norms = [], []
    for step in range(STEPS):
        parameter.grad = gradients[step].clone()
        if max_norm is not None:
            norms.append(torch.nn.utils.clip_grad_norm_([parameter], max_norm).item())
        if rates is not None:
            stepper.param_groups[0]["lr"] = rates[step]
        stepper.step()
        values.append(parameter.detach().clone())

    header.open(name)
    header.number("steps", STEPS)
    header.number("size", PARAMETERS)
    for option, value in options.items():
        if option == "betas":
            header.number("beta1", value[0])
            header.number("beta2", value[1])
        elif not isinstance(value, bool):
            header.number({"lr": "learning_rate", "eps": "epsilon"}.get(option, option), value)
    if rates is not None:
        header.array("learning_rates", rates, "steps")
    if max_norm is not None:
        header.number("max_norm", max_norm)
        header.array("norms", norms, "steps")
    header.array("start", start, "size")
    header.array("gradients", gradients, "steps, size")
    header.array("values", torch.stack(values), "steps, size")
    for key, state in stepper.state[parameter].items():
        if torch.is_tensor(state) and state.numel() == PARAMETERS:
            header.array(key, state, "size")
    header.close()


def elementwise(header):
    """Every operation on every pair of operands, every function and every sum of a matrix; the loss
    of each is sum(y * d_y), d_y being the first numbers of `seeds`. A column [I] meets all rows."""
    rows, features = 4, 5
    operands = {
        "matrix": 0.5 + torch.rand(rows, features),
        "other": -0.5 - torch.rand(rows, features),
        "column": 0.5 + torch.rand(features),
        "number": torch.tensor(1.7),
    }
    x = 4.0 * torch.randn(rows, features)
    seeds = torch.randn(rows * features)
    header.open("elementwise")
    header.number("rows", rows)
    header.number("features", features)
    for name, operand in operands.items():
        header.array(name, operand, "N, I" if operand.dim() == 2 else "I" if operand.dim() else "")
    header.array("x", x, "N, I")
    header.array("seeds", seeds, "N I")

    def differentiate(function, *inputs):
        inputs = [i.clone().requires_grad_() for i in inputs]
        y = function(*inputs)
        (y * seeds[: y.numel()].reshape(y.shape)).sum().backward()
        return [y] + [i.grad for i in inputs]

    pairs = [("matrix", "other"), ("matrix", "column"), ("column", "matrix")]
    pairs += [("matrix", "number"), ("number", "matrix")]
    for operation in ("add", "subtract", "multiply", "divide"):
        for left, right in pairs:
            name = f"{operation}_{left}_{right}"
            found = differentiate(getattr(torch, operation), operands[left], operands[right])
            for prefix, array in zip(("", "d_left_", "d_right_"), found):
                header.array(prefix + name, array, "as the operand" if prefix else "N, I")
    functions = {
        "exp": (torch.exp, x),
        "log": (torch.log, operands["matrix"]),
        "sqrt": (torch.sqrt, operands["matrix"]),
        "sigmoid": (torch.sigmoid, x),
        "softplus": (lambda v: torch.nn.functional.softplus(v, threshold=1000), x),
        "absolute": (torch.abs, x),
        "sum": (torch.sum, x),
        "sum_over_rows": (lambda v: torch.sum(v, 1), x),
        "sum_over_columns": (lambda v: torch.sum(v, 0), x),
        "mean": (torch.mean, x),
        "mean_over_rows": (lambda v: torch.mean(v, 1), x),
        "mean_over_columns": (lambda v: torch.mean(v, 0), x),
    }
    for name, (function, given) in functions.items():
        y, d_x = differentiate(function, given)
        header.array(name, y, {2: "N, I", 1: "N" if y.numel() == rows else "I", 0: ""}[y.dim()])
        header.array("d_" + name, d_x, "N, I")
    header.close()


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests" / "reference"
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)

    torch.manual_seed(1)
    header = Header("GRU, forward and backward, one and two directions, over a ragged batch.")
    recurrent(header, "gru_one_direction", torch.nn.GRU, 1)
    recurrent(header, "gru_two_directions", torch.nn.GRU, 2)
    header.write(folder / "gru.hpp")

    torch.manual_seed(2)
    header = Header("Softmax cross-entropy of a ragged batch, summed over time, with gradients.")
    cross_entropy(header)
    header.write(folder / "cross_entropy.hpp")

    torch.manual_seed(21)
    header = Header("A linear layer and softmax cross-entropy of a ragged batch, with gradients.")
    linear_cross_entropy(header)
    header.write(folder / "linear_cross_entropy.hpp")

    torch.manual_seed(20)
    header = Header("Ops on whole matrices, with gradients for given gradients of the results.")
    matmul(header)
    matrix_ops(header)
    header.write(folder / "matrix_ops.hpp")

    torch.manual_seed(3)
    header = Header("KL of a diagonal Gaussian from the standard one, with gradients.")
    gaussian_kl(header)
    header.write(folder / "gaussian_kl.hpp")

    torch.manual_seed(4)
    header = Header("Ten steps of each optimiser.")
    adam = {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8}
    optimiser(header, "adam", torch.optim.Adam, adam)
    adam = {"lr": 2e-3, "betas": (0.8, 0.99), "eps": 1e-3}
    rates = [1e-2 / (1 + step) for step in range(STEPS)]
    optimiser(header, "adam_clipped", torch.optim.Adam, adam, rates, max_norm=1.0)
    optimiser(header, "sgd", torch.optim.SGD, {"lr": 0.05, "momentum": 0.0})
    optimiser(header, "sgd_momentum", torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}, rates, 1.0)
    adadelta = {"lr": 0.1, "rho": 0.95, "eps": 1e-6}
    optimiser(header, "adadelta", torch.optim.Adadelta, adadelta)
    optimiser(header, "adadelta_clipped", torch.optim.Adadelta, adadelta, rates, max_norm=1.0)
    adamw = {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.5}
    optimiser(header, "adamw", torch.optim.AdamW, adamw)
    optimiser(header, "adamw_clipped", torch.optim.AdamW, adamw, rates, max_norm=1.0)
    nesterov = {"lr": 0.05, "momentum": 0.9, "nesterov": True}
    optimiser(header, "sgd_nesterov", torch.optim.SGD, nesterov, rates, max_norm=1.0)
    header.write(folder / "optimisers.hpp")

    torch.manual_seed(5)
    header = Header("The whole network: NLL and KL of a ragged batch, gradients of all parameters.")
    whole_model(header)
    header.write(folder / "whole_model.hpp")

    torch.manual_seed(22)
    header = Header("A VAE of sentences and language models: NLL, KL and all gradients.")
    sentence_network(header, "sentence_vae", latent=3, tied=False, bias=True)
    sentence_network(header, "language_model", latent=0, tied=True, bias=True)
    sentence_network(header, "without_biases", latent=0, tied=False, bias=False)
    header.write(folder / "sentence_network.hpp")

    torch.manual_seed(6)
    header = Header("Batch normalisation with a fixed scale: training, then evaluation.")
    batch_norm(header)
    header.write(folder / "batch_norm.hpp")

    torch.manual_seed(7)
    header = Header("LSTM, forward and backward, one and two directions, over a ragged batch.")
    recurrent(header, "lstm_one_direction", torch.nn.LSTM, 1)
    recurrent(header, "lstm_two_directions", torch.nn.LSTM, 2)
    header.write(folder / "lstm.hpp")

    torch.manual_seed(8)
    header = Header("Attention to the positions of a ragged sequence, with gradients.")
    sequence_attention(header, "dot_attention", ScaledDotAttention(HIDDEN))
    sequence_attention(header, "additive_attention", AdditiveAttention(HIDDEN))
    header.write(folder / "sequence_attention.hpp")

    torch.manual_seed(23)
    header = Header("The attending decoder on a ragged batch: logits, weights, and gradients.")
    attending_decoder(header, "attending_gru", torch.nn.GRU)
    attending_decoder(header, "attending_lstm", torch.nn.LSTM)
    header.write(folder / "attending_decoder.hpp")

    torch.manual_seed(22)
    header = Header("Arithmetic, functions of single numbers, sums and means, with gradients.")
    elementwise(header)
    header.write(folder / "elementwise.hpp")


main()
