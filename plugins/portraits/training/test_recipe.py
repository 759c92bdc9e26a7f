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
import carry
import clip
import decoder
import diffusion
import muon
import networks
import prior_ar
import superres
import tokenizer
import training
import upsampler
import world

MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models")


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
        pictures, texts, right, codes, named = clip.make(random.Random(1), 16)
        self.assertEqual(((16, 3, 64, 64), 16, (16, 16)), (tuple(pictures.shape), len(texts), tuple(right.shape)))
        self.assertTrue(right.diagonal().all())
        apart = (codes[0::2] != codes[1::2])
        self.assertTrue(apart.any(1).all())
        self.assertTrue((named[0::2] | named[1::2])[apart].float().mean() > 0.9)  # nearly always one of the two captions tells the difference

    def test_a_caption_teaches_only_what_it_names(self):
        sizes = clip.attributes.SIZES
        codes = torch.tensor([[0] * len(sizes), [1] * len(sizes)])
        right = torch.cat([torch.nn.functional.one_hot(codes[:, k], n) for k, n in enumerate(sizes)], 1) * 30.0
        told = torch.zeros(2, len(sizes), dtype=torch.bool)
        told[0, 3] = True
        self.assertLess(clip.read_wrongly(right, codes, told), 1e-6)
        self.assertGreater(clip.read_wrongly(-right, codes, told), 1)
        self.assertEqual(0, clip.read_wrongly(-right, codes, ~told & False))


    def test_a_picture_that_goes_twice_as_far_from_its_place_costs_twice_as_much(self):
        torch.manual_seed(4)
        words = tokenizer.Tokenizer(os.path.join(MODELS, "clip"))
        place = clip.Place(networks.Clip(clip.config_for(words)).eval(), words, "cpu")
        pictures = clip.make(random.Random(1), 4)[0]
        z, way = place.conditions.image(pictures).requires_grad_(), torch.randn(4, 128)
        here = place.left(pictures, z)
        here.backward()
        self.assertTrue(torch.isfinite(z.grad).all())  # a network begins where it is to stay
        self.assertLess(here, 0.02)
        near, far = (place.left(pictures, z + k * way) for k in (1, 2))
        self.assertAlmostEqual(2, (far / near).item(), places=2)


class DecoderTest(unittest.TestCase):
    def test_an_error_in_a_part_that_makes_an_attribute_weighs_more(self):
        pictures, weights, texts = decoder.make(random.Random(6), 8)
        self.assertEqual(((8, 3, 64, 64), (8, 1, 64, 64), 8), (tuple(pictures.shape), tuple(weights.shape), len(texts)))
        self.assertEqual(1, weights.min())
        self.assertTrue((weights.amax((1, 2, 3)) > 6).all())  # everybody has a mouth
        self.assertLess(weights.mean(), 3)


class CarryTest(unittest.TestCase):
    """Where one CLIP is an affine map of the other, nothing has to be learnt."""

    def setUp(self):
        torch.manual_seed(3)
        self.image, self.text, self.hidden = ((torch.linalg.qr(torch.randn(128, 128, dtype=torch.double))[0] * 1.5, torch.randn(128, dtype=torch.double)) for _ in range(3))
        self.z, self.told, self.states = torch.randn(2, 128), torch.randn(2, 128), torch.randn(2, 40, 128)
        self.mask = torch.ones(2, 40, dtype=torch.bool)

    def test_captions_are_the_same_where_only_the_encoder_of_pictures_learnt(self):
        config = clip.config_for(tokenizer.Tokenizer(os.path.join(MODELS, "clip")))
        old, new = networks.Clip(config), networks.Clip(config)
        new.load_state_dict(old.state_dict())
        new.vision_model.post_layernorm.bias.data.add_(1)
        self.assertTrue(carry.same_captions(old, new))
        new.text_model.final_layer_norm.bias.data.add_(1)
        self.assertFalse(carry.same_captions(old, new))

    def before(self, new, to_old):
        a, b = to_old
        return (new.double() @ a.T + b).float()

    @torch.no_grad()
    def test_affine_maps_are_found(self):
        x = torch.randn(400, 128, dtype=torch.double)
        a, b, left = carry.affine(x, x @ self.image[0].T + self.image[1])
        torch.testing.assert_close(a, self.image[0], rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(b, self.image[1], rtol=1e-3, atol=1e-4)
        self.assertLess(left, 1e-9)

    @torch.no_grad()
    def test_a_direction_without_variance_counts_for_nothing(self):
        x = torch.randn(400, 128, dtype=torch.double)
        x[:, 0] = 1e-7 * torch.randn(400)
        a, _, left = carry.affine(x, x @ self.image[0].T + torch.randn(400, 128))
        self.assertLess(a[:, 0].abs().max(), 1)

    @torch.no_grad()
    def test_a_decoder_draws_what_it_drew(self):
        net = networks.Decoder().eval()
        torch.nn.init.normal_(net.decoder.conv_out.weight)
        net.text_proj.learned_classifier_free_guidance_embeddings.normal_()
        x, t, dropped = torch.randn(2, 3, 64, 64), torch.tensor([500, 900]), torch.tensor([False, True])
        was = net(x, t, self.before(self.z, self.image), self.before(self.told, self.text), self.before(self.states, self.hidden), self.mask, dropped)
        carry.carry_decoder(net, self.image, self.text, self.hidden)
        torch.testing.assert_close(was, net(x, t, self.z, self.told, self.states, self.mask, dropped), rtol=1e-3, atol=1e-3)

    @torch.no_grad()
    def test_a_prior_imagines_what_it_imagined(self):
        net = networks.Prior().eval()
        torch.nn.init.normal_(net.proj_to_clip_embeddings.weight)
        net.clip_mean.normal_()
        net.clip_std.uniform_(0.5, 2)
        new = torch.randn(500, 128, dtype=torch.double)
        inverse = torch.linalg.inv(self.image[0])
        mean, deviation = net.clip_mean.clone(), net.clip_std.clone()
        new_mean, new_deviation = new.mean(0).float(), new.std(0).float()
        x, t = torch.randn(2, 128), torch.tensor([100, 700])  # in the new coordinates, normalised
        x_before = (self.before(x * new_deviation + new_mean, self.image) - mean) / deviation
        was = net(x_before, t, self.before(self.told, self.text), self.before(self.states, self.hidden), self.mask) * deviation + mean
        carry.carry_prior(net, self.image, self.text, self.hidden, (inverse, -inverse @ self.image[1]), new)
        now = net(x, t, self.told, self.states, self.mask) * new_deviation + new_mean
        torch.testing.assert_close(was, self.before(now, self.image), rtol=1e-3, atol=1e-3)


class MuonTest(unittest.TestCase):
    def test_all_directions_of_a_matrix_become_about_as_long(self):
        m = torch.randn(12, 40, generator=torch.Generator().manual_seed(1)) @ torch.diag(torch.logspace(-1, 1, 40))
        for matrix in (m, m.T):
            values = torch.linalg.svdvals(muon.orthogonal(matrix).float())
            self.assertTrue((values > 0.5).all() and (values < 1.3).all(), values)

    def test_a_convolution_and_its_bias_learn(self):
        torch.manual_seed(2)
        net, x, y = torch.nn.Conv2d(3, 8, 3, padding=1), torch.randn(4, 3, 8, 8), torch.randn(4, 8, 8, 8)
        optimizer, losses = muon.Muon(net.parameters(), 0.01), []
        for _ in range(30):
            optimizer.zero_grad()
            loss = ((net(x) - y - 1) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        self.assertLess(losses[-1], 0.7 * losses[0])


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
        for made in (diffusion.ddim(lambda *_: x, torch.randn_like(x), diffusion.timesteps(10)), diffusion.ancestral(lambda *_: x, torch.randn_like(x), 10, torch.Generator())):
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


class SuperResolutionTest(unittest.TestCase):
    def test_crops_are_of_the_same_place_as_what_they_are_made_from(self):
        batch = superres.make(random.Random(2), 8)
        self.assertEqual([(2, 3, 256, 256), (2, 3, 64, 64), (2, 4, 2)], [tuple(v.shape) for v in batch])
        large, low = superres.prepared(batch, None, "cpu")
        self.assertEqual((8, 3, 64, 64), tuple(large.shape))
        for x, y in zip(large, low):
            self.assertLess((x - y).abs().mean(), (x - y.roll(16, 1)).abs().mean())

    def test_the_last_step_learns_from_what_the_first_ones_leave(self):
        x = torch.rand(2, 3, 16, 16) * 2 - 1
        left = diffusion.ancestral(lambda noisy, t: x, torch.randn_like(x), 7, None, 1.0, end=superres.LIST[-1])
        self.assertLess((left - x).abs().max().item(), 0.1)
        self.assertGreater((left - x).abs().max().item(), 1e-4)
        told = []
        superres.loss_of_last(lambda v, t: told.append((v[:, :3], t)) or x, lambda v, t: x, x, x).item()
        self.assertLess((told[0][0] - x).abs().max().item(), 0.1)
        self.assertEqual([0, 0], told[0][1].tolist())


class UpsamplerTest(unittest.TestCase):
    def test_the_steps_are_those_of_the_product(self):
        self.assertEqual((15, 938, 67, 0), (len(upsampler.STEPS), upsampler.STEPS[0], upsampler.STEPS[-2], upsampler.STEPS[-1]))
        np.testing.assert_allclose(diffusion.LINEAR[[0, 100, 500]], [0.9999, 0.8951415909, 0.07779665837], rtol=1e-9)

    def test_crops_and_small_pictures_are_of_the_same_place(self):
        large, small = upsampler.make(random.Random(2), 6)
        self.assertEqual(((6, 3, 128, 128), (6, 3, 32, 32)), (tuple(large.shape), tuple(small.shape)))
        means = torch.nn.functional.avg_pool2d(large.float(), 4)
        for k in range(6):
            near = (means[k] - small[k]).abs().mean()
            self.assertLess(near, 14)
            self.assertLess(near, (means[k] - small[k].roll(8, 1)).abs().mean() + 1)

    def test_a_network_begins_as_bilinear_enlargement_at_any_time_and_size(self):
        torch.manual_seed(1)
        net = networks.SuperRes()
        upsampler.begin(net, upsampler.make(random.Random(3), 8)[1].float() / 127.5 - 1)
        low = upsampler.make(random.Random(4), 2)[1].float() / 127.5 - 1
        with torch.no_grad():
            made = net(torch.randn(2, 3, 64, 128), torch.tensor([900, 30]), low[:, :, :16], torch.zeros(2))
        enlarged = torch.nn.functional.interpolate(low[:, :, :16], (64, 128), mode="bilinear")
        self.assertGreater(upsampler.decibels(made, enlarged), 40)

    def test_sampling_with_a_perfect_network_gives_the_picture_and_a_seed_the_same_again(self):
        large = torch.rand(1, 3, 32, 64) * 2 - 1
        low = torch.nn.functional.avg_pool2d(large, 4)
        perfect = lambda x, t, told, level: large
        torch.testing.assert_close(upsampler.upsample(perfect, low, torch.Generator()), large, atol=1e-5, rtol=0)
        net = networks.SuperRes()
        with torch.no_grad():
            net.out[2].weight.normal_(std=0.1)
        one, again, other = (upsampler.upsample(net, low, torch.Generator().manual_seed(k), 50) for k in (1, 1, 2))
        self.assertTrue(torch.equal(one, again))
        self.assertGreater((one - other).abs().max().item(), 1e-3)

    def test_every_parameter_learns(self):
        net = networks.SuperRes()
        crops = [v.float() / 127.5 - 1 for v in upsampler.make(random.Random(5), 2)]
        upsampler.begin(net, crops[1])
        optimizer = torch.optim.Adam(net.parameters(), 1e-3)
        before = {k: v.clone() for k, v in net.state_dict().items()}
        for _ in range(6):  # residual branches start silent: what lies deep hears of the loss some steps later
            optimizer.zero_grad()
            upsampler.loss_of(net, *crops).backward()
            optimizer.step()
        self.assertEqual([], [k for k, v in net.state_dict().items() if torch.equal(v, before[k])])


class AutoregressiveTest(unittest.TestCase):
    CONFIG = {**networks.AUTOREGRESSIVE_CONFIG, "width": 16, "depth": 2, "heads": 2, "text_width": 8, "text_length": 6, "embedding_width": 10,
              "dimensions": 5, "buckets": 7, "dot_buckets": 4}

    def setUp(self):
        torch.manual_seed(1)
        self.net = networks.AutoregressivePrior(self.CONFIG).eval()
        with torch.no_grad():
            for p in self.net.parameters():
                if p.ndim > 1:
                    p.normal_()
        self.told = torch.randn(3, 10), torch.randn(3, 6, 8), torch.arange(6) < torch.tensor([[4], [2], [3]]), torch.tensor([0, 3, 1])

    @torch.no_grad()
    def test_drawing_code_after_code_hears_what_training_predicts_at_once(self):
        heard, likeliest = [], lambda logits: heard.append(logits) or logits.argmax(-1)
        codes = self.net.sample(*self.told, likeliest)
        torch.testing.assert_close(torch.stack(heard, 1), self.net(*self.told, codes), atol=1e-4, rtol=1e-5)

    @torch.no_grad()
    def test_what_the_mask_hides_and_later_codes_change_nothing(self):
        text, hidden, mask, dot = self.told
        codes = torch.randint(7, (3, 5))
        logits = self.net(*self.told, codes)
        torch.testing.assert_close(self.net(text, hidden[:, :4], mask[:, :4], dot, codes), logits)
        later = torch.cat([codes[:, :3], (codes[:, 3:] + 1) % 7], 1)
        torch.testing.assert_close(self.net(*self.told, later)[:, :4], logits[:, :4])
        self.assertGreater((self.net(*self.told, later)[:, 4] - logits[:, 4]).abs().max().item(), 1e-3)

    def test_buckets_hold_equally_many_and_their_centres_are_the_means(self):
        values = torch.arange(12.0)[torch.randperm(12)]
        torch.testing.assert_close(prior_ar.centres(torch.stack([values, -values], 1), 4), torch.tensor([[1.0, 4, 7, 10], [-10, -7, -4, -1]]))
        torch.testing.assert_close(networks.nearest(torch.tensor([0.0, 2, 3, 100]), torch.tensor([1.0, 4, 7, 10])), torch.tensor([0, 0, 1, 3]))

    @torch.no_grad()
    def test_measured_codes_keep_embeddings_of_as_many_dimensions_as_there_are_codes(self):
        basis = torch.randn(5, 10)

        class Drawn:
            def image(self, pictures):
                return pictures.flatten(1)[:, :5].float() @ basis / 50 + 3

            def text(self, texts):
                return torch.ones(len(texts), 10), None, None

        prior_ar.measure(self.net, Drawn(), random.Random(3), 512)
        components = self.net.pca["components"]
        torch.testing.assert_close(components @ components.T, torch.eye(5), atol=1e-5, rtol=0)
        z = Drawn().image(prior_ar.make(random.Random(4), 256)[0])
        centred = z - self.net.pca["mean"]
        spread = (centred @ components.T).var(0)
        self.assertEqual(spread.sort(descending=True).indices.tolist(), list(range(5)))
        lost = ((self.net.embedding(self.net.codes(z)) - z) ** 2).sum() / (centred ** 2).sum()
        self.assertLess(lost.item(), 0.1)

    def test_the_space_is_named_as_the_product_names_it(self):
        projection = torch.tensor([[1.0, -2.0], [0.5, 1 + 2 ** -12]])
        self.assertEqual(training.embedding_space(projection), training.embedding_space(projection.half().float()))
        self.assertNotEqual(training.embedding_space(projection), training.embedding_space(projection.flatten()[None]))


class TrainingTest(unittest.TestCase):
    def run_pieces(self, folder, *lengths, start="", published=None):
        for images in lengths:
            torch.manual_seed(0)
            a = argparse.Namespace(folder=folder, device="cpu", minutes=9, images=images, batch=4, rate=0.0, seed=3, workers=0, bfloat16=False, compile=False, start=start)
            run = training.Training("toy", torch.nn.Linear(2, 1), a, published=published)
            run.rate = lambda: 0.01
            run.run(lambda rng, n: torch.tensor([[rng.random(), rng.random()] for _ in range(n)]), lambda x: ((run.network(x)[:, 0] - x.sum(1)) ** 2).mean())
        return run

    def test_a_training_begins_with_published_weights_and_counts_their_pictures(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            first = self.run_pieces(one, 400)
            training.export(first.averaged(torch.nn.Linear(2, 1)).state_dict(), os.path.join(one, "toy.safetensors"), first.provenance(), half=False)
            second = self.run_pieces(two, 4, start=one, published={"": "toy.safetensors"})
            self.assertEqual("404", second.provenance()["images"])
            self.assertLess((second.model.weight - first.averaged(torch.nn.Linear(2, 1)).weight).abs().max().item(), 0.03)
            self.assertEqual("404", self.run_pieces(two, 4).provenance()["images"])

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
