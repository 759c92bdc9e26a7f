# SPDX-License-Identifier: Apache-2.0
"""python -m unittest test_recipe"""
import argparse
import os
import random
import tempfile
import unittest

import numpy as np
import torch

import attributes
import clip
import diffusion
import networks
import tokenizer
import training
import world


class TokenizerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        tokenizer.write(self.folder.name)
        self.words = tokenizer.Tokenizer(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_each_word_of_the_world_is_one_token(self):
        text = "a corgi wearing a red bowtie and a purple party hat"
        self.assertEqual(len(text.split()) + 2, len(self.words(text)))

    def test_other_text_falls_into_pieces_and_long_text_keeps_its_end(self):
        self.assertEqual(3, len(self.words("☃")) - 2)
        self.assertEqual(self.words.ids[tokenizer.END], self.words("zebra " * 40)[-1])
        self.assertEqual(tokenizer.LENGTH, len(self.words("zebra " * 40)))


class ClipTest(unittest.TestCase):
    def test_pictures_that_satisfy_a_caption_by_chance_are_no_negatives(self):
        p = world.Portrait(hat="crown", hat_colour="red")
        codes = np.array([p.codes(), p.but(mood="serious").codes(), p.but(hat_colour="blue").codes()])
        named = np.array([[n in ("species", "hat", "hat_colour") for n in clip.NAMES]])
        self.assertEqual([[True, True, False]], clip.satisfied(named, codes[:1], codes).tolist())

    def test_a_batch_is_made_of_twins(self):
        pictures, texts, right = clip.make(random.Random(1), 16)
        self.assertEqual(((16, 3, 64, 64), 16, (16, 16)), (tuple(pictures.shape), len(texts), tuple(right.shape)))
        self.assertTrue(right.diagonal().all())


class DiffusionTest(unittest.TestCase):
    def test_timesteps_are_those_of_the_scheduler(self):
        self.assertEqual([999, 832, 666, 500, 333, 166, 0], diffusion.timesteps(7))
        self.assertEqual([999, 957, 916], diffusion.timesteps(25)[:3])

    def test_noise_levels_are_those_of_the_scheduler(self):
        np.testing.assert_allclose(diffusion.ABAR[[0, 166, 500, 832]], [0.999959, 0.9276, 0.492285, 0.0662205], rtol=1e-4)

    def test_the_variance_loss_is_finite_at_every_time_and_least_at_the_posterior(self):
        x = torch.rand(1000, 1, 2, 2) * 2 - 1
        t = torch.arange(1000)
        noisy = diffusion.noised(x, torch.randn_like(x), t)
        v = torch.zeros_like(x, requires_grad=True)
        diffusion.variance_loss(v, x, noisy, x + torch.randn_like(x), t).backward()
        self.assertTrue(torch.isfinite(v.grad).all())
        low, high = (diffusion.variance_loss(torch.full_like(x, k), x, noisy, x, t).item() for k in (-1.0, 1.0))
        self.assertAlmostEqual(0, low, places=5)
        self.assertGreater(high, low)

    def test_a_perfect_network_is_sampled_perfectly(self):
        x = torch.rand(2, 3, 4, 4) * 2 - 1
        for made in (diffusion.ddim(lambda *_: x, torch.randn_like(x), 10), diffusion.ancestral(lambda *_: x, torch.randn_like(x), 10, torch.Generator())):
            torch.testing.assert_close(made, x, atol=1e-5, rtol=0)


class NetworksTest(unittest.TestCase):
    def test_the_folded_classifier_gives_the_same_logits(self):
        net = networks.Classifier(sum(attributes.SIZES)).eval()
        for norm in net.norms:
            torch.nn.init.uniform_(norm.running_mean)
            torch.nn.init.uniform_(norm.running_var, 0.5, 2)
        x = torch.randint(0, 255, (2, 3, 64, 64), dtype=torch.uint8)
        torch.testing.assert_close(net(x), net.fold()(x), atol=1e-4, rtol=1e-4)

    def test_the_prior_ignores_what_the_mask_hides(self):
        net = networks.Prior().eval()
        torch.nn.init.normal_(net.proj_to_clip_embeddings.weight)
        x, text, hidden = torch.randn(1, 128), torch.randn(1, 128), torch.randn(1, 40, 128)
        mask = torch.arange(40)[None] < 5
        other = hidden.clone()
        other[:, 5:] += 1
        t = torch.tensor([7])
        torch.testing.assert_close(net(x, t, text, hidden, mask), net(x, t, text, other, mask))
        self.assertGreater((net(x, t, text, hidden, mask) - net(x, t + 400, text, hidden, mask)).abs().max().item(), 1e-4)


class TrainingTest(unittest.TestCase):
    def run_pieces(self, folder, *lengths):
        for images in lengths:
            torch.manual_seed(0)
            a = argparse.Namespace(folder=folder, device="cpu", minutes=9, images=images, batch=4, rate=0.0, seed=3, workers=0, bfloat16=False, compile=False)
            run = training.Training("toy", torch.nn.Linear(2, 1), a)
            run.rate = lambda: 0.01
            run.run(lambda rng, n: torch.tensor([[rng.random(), rng.random()] for _ in range(n)]), lambda x: ((run.network(x)[:, 0] - x.sum(1)) ** 2).mean())
        return run

    def test_a_training_in_two_pieces_is_the_training_in_one(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            whole, pieces = self.run_pieces(one, 400), self.run_pieces(two, 200, 400)
            self.assertEqual((400, whole.step), (pieces.seen, pieces.step))
            torch.testing.assert_close(whole.model.weight, pieces.model.weight)
            torch.testing.assert_close(whole.average.values["weight"], pieces.average.values["weight"])

    def test_another_clip_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            a = self.run_pieces(folder, 8).a
            with self.assertRaisesRegex(SystemExit, "trained on the CLIP with digest"):
                training.Training("toy", torch.nn.Linear(2, 1), a, input_digest="other")
            self.assertTrue(os.path.exists(os.path.join(folder, "toy.pt")))


if __name__ == "__main__":
    unittest.main()
