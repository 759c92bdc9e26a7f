# SPDX-License-Identifier: Apache-2.0
"""Muon (Jordan et al., 2024): momentum whose matrices are made nearly orthogonal, so that each direction of a weight learns
at the same rate, and not only the few that dominate its gradient."""
import torch


def orthogonal(m, steps=5):
    """The matrix `m` with its singular values brought near 1 by Jordan's quintic Newton-Schulz iteration, which is steepest at 0 and ends between 0.7 and 1.2."""
    x = (m.T if m.shape[0] > m.shape[1] else m).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.T if m.shape[0] > m.shape[1] else x


class Muon(torch.optim.Optimizer):
    """For weights of two dimensions and more, a convolution as the matrix (out, in · height · width); Adam for all others.

    A step is 0.2 √max(rows, columns) long, which is what AdamW's are, so that one rate serves both (Liu et al., 2025).
    """

    def __init__(self, parameters, rate, momentum=0.95, betas=(0.9, 0.99), weight_decay=0.01):
        parameters = list(parameters)
        super().__init__([{"params": [p for p in parameters if p.ndim > 1], "matrices": True}, {"params": [p for p in parameters if p.ndim < 2], "matrices": False}],
                         {"lr": rate, "momentum": momentum, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    update = (self.along_matrix if group["matrices"] else self.along_vector)(p.grad, self.state[p], group)
                    p.mul_(1 - group["lr"] * group["weight_decay"]).sub_(group["lr"] * update)

    @staticmethod
    def along_matrix(gradient, state, group):
        momentum = state.setdefault("momentum", torch.zeros_like(gradient))
        momentum.lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(momentum, group["momentum"]).flatten(1)  # Nesterov's
        return (0.2 * max(ahead.shape) ** 0.5 * orthogonal(ahead)).reshape(gradient.shape)

    @staticmethod
    def along_vector(gradient, state, group):
        first, second = state.setdefault("first", torch.zeros_like(gradient)), state.setdefault("second", torch.zeros_like(gradient))
        state["step"] = step = state.get("step", 0) + 1
        (a, b) = group["betas"]
        first.lerp_(gradient, 1 - a)
        second.lerp_(gradient ** 2, 1 - b)
        return first / (1 - a ** step) / ((second / (1 - b ** step)).sqrt() + 1e-8)
