// SPDX-License-Identifier: Apache-2.0

/// All that a plugin sees of Diptych. This page is the tutorial: from an empty folder to a plugin that is tested, packed and installed.
/// It grows one plugin, `vignette`. Imports are left out of the code: everything comes from the packages below this one, from `java.util`, and `@Extension` from PF4J.
///
/// ## From an empty folder
///
/// ```sh
/// mvn archetype:generate -B -DarchetypeGroupId=dev.diptych -DarchetypeArtifactId=diptych-plugin-archetype -DarchetypeVersion=0.1.0-SNAPSHOT \
///     -DgroupId=com.example -DartifactId=vignette -Dpackage=com.example.vignette
/// cd vignette && mvn package
/// diptych plugin add target/vignette-1.0.0.zip
/// ```
///
/// (after `./mvnw install -DskipTests` in a checkout of Diptych, until its artifacts are in a repository) gives a folder with one node, its test, and a build that makes the archive. It holds nothing that could not be written by hand:
///
/// | file | what it is for |
/// |---|---|
/// | `pom.xml` | `diptych-api` with the scope *provided*, `diptych-testkit` with the scope *test*, PF4J as an annotation processor, the archive |
/// | `src/main/resources/plugin.properties` | who the plugin is: `plugin.id`, `plugin.version`, the `plugin.requires` version of this API |
/// | `src/main/java` | one class for each node |
///
/// ## A node
///
/// A node is a record of inputs, a record of outputs, and a `run` method. The records are the schema: the editor's form, the checks of a document,
/// its documentation, and the key under which a result is kept are all derived from them.
///
/// ```java
/// /// Darkens a picture towards its corners.
/// @Extension
/// @NodeType(id = "vignette/apply", title = "Vignette", group = "Image/Light", description = "Darkens a picture towards its corners.")
/// public final class Vignette implements Node<Vignette.In, Vignette.Out> {
///
///     public record In(
///             @Help("Picture to darken") Image image,
///             @Help("0 leaves it as it is, 1 makes the corners black") @Range(min = 0, max = 1, step = 0.01) @Default("0.5") double strength,
///             @Help("Where to darken; everywhere if left open") Optional<Mask> where) {}
///
///     public record Out(Image image) {}
///
///     @Override
///     public Out run(In in, NodeContext context) {
///         Image image = in.image();
///         double centerX = (image.width() - 1) / 2.0;
///         double centerY = (image.height() - 1) / 2.0;
///         return new Out(image.mapPixels((pixel, x, y) -> {
///             double distance = Math.hypot((x - centerX) / (centerX + 1), (y - centerY) / (centerY + 1)) / Math.sqrt(2);
///             double share = in.where().map(mask -> mask.coverage(x, y)).orElse(1.0);
///             return pixel.scaled(1 - in.strength() * share * distance * distance);
///         }));
///     }
/// }
/// ```
///
/// `@Extension` lets the class be found, [dev.diptych.api.node.NodeType] names it. The id is `plugin/name` and stays for ever. There is no registration, no base class and no life
/// cycle: a new instance is made for each call, and it keeps nothing.
///
/// `run` is pure: the same inputs give the same outputs, on any day and any machine. So results can be kept, and a node runs again only when something changed.
/// What it is given is immutable and shared with others: never write into an array that a value shows.
///
/// ## Ports
///
/// | Java | a document's type | literal |
/// |---|---|---|
/// | `double`, `float` | number | `0.5` |
/// | `int`, `long` | integer | `3` |
/// | `boolean` | boolean | `true` |
/// | `String` | text | `"a lion"`; [dev.diptych.api.node.Multiline] gives it room in an editor |
/// | an enum | choice | its constants in lower case with hyphens: `SOFT_LIGHT` is `"soft-light"` |
/// | [dev.diptych.api.value.Seed] | seed | `42`; as text above 2^53 |
/// | [dev.diptych.api.value.Image], [dev.diptych.api.value.Mask] | image, mask | `"asset:…"` |
/// | [dev.diptych.api.value.ModelReference] | model | `"portraits/unclip"` |
/// | [dev.diptych.api.value.Embedding], [dev.diptych.api.value.Latent], [dev.diptych.api.value.Tensor], [dev.diptych.api.value.Video] | embedding, latent, tensor, video | none: they are linked |
/// | a record with [dev.diptych.api.node.ValueType] | `plugin/name` | `{"field": …}`, if each field has one |
/// | `List<…>` of these | list | `[…]` |
///
/// [dev.diptych.api.node.Default] stands in for an input that is left open; `Optional<…>` lets the node see that it was. Without either the input is required.
/// [dev.diptych.api.node.Range] limits a number, both ends included; the engine refuses what is outside before the node runs, so the node need not look.
/// The names of components are what people read and documents hold: choose them with care.
///
/// A mistake in the records fails the load of the plugin with the class, the component and the fix: `com.example.vignette.Vignette, In.strength: @Default("2") is outside 0.0 … 1.0; move one of them.`
///
/// A list that is wired to a port for one value runs the node for each element, side by side; the node knows nothing of it. A port of type `List<…>` takes the list as it is.
///
/// ## Errors
///
/// What a user, an operator or an author can mend is a [dev.diptych.api.error.NodeException]: a code that stays, a message with the value found and what is allowed, and the next step.
/// The engine adds the node and its type. Anything else that is thrown counts as a fault of the plugin, and is reported as one.
///
/// ```java
/// /// Cuts a border off.
/// @Extension
/// @NodeType(id = "vignette/trim", title = "Trim", group = "Image/Light")
/// public final class Trim implements Node<Trim.In, Trim.Out> {
///
///     public record In(Image image, @Help("Of each side, in pixels") @Range(min = 0) @Default("8") int border) {}
///
///     public record Out(Image image) {}
///
///     @Override
///     public Out run(In in, NodeContext context) {
///         Image image = in.image();
///         int width = image.width() - 2 * in.border();
///         int height = image.height() - 2 * in.border();
///         if (width < 1 || height < 1) {
///             throw NodeException.user(
///                             "vignette/nothing-left",
///                             "A border of %d pixels leaves nothing of %d x %d pixels.",
///                             in.border(),
///                             image.width(),
///                             image.height())
///                     .next("Use a smaller border.");
///         }
///         return new Out(
///                 Image.generated(width, height, image.channels(), (x, y) -> image.pixel(x + in.border(), y + in.border())));
///     }
/// }
/// ```
///
/// ## Long work, and chance
///
/// What takes more than a second loops over [dev.diptych.api.node.NodeContext#steps]: before each turn cancellation is checked, and progress with the time left is reported.
/// A node that is cancelled ends within one turn; if turns are long, call [dev.diptych.api.node.NodeContext#checkCancelled] inside. A `CancellationException` is passed on, never caught.
/// A preview is a supplier: it is asked only when somebody watches, at most ten times a second.
///
/// What is random takes a [dev.diptych.api.value.Seed] and nothing else as its source. When the node is mapped over a list, the seed advances by one for each element;
/// [dev.diptych.api.node.SameForAll] keeps it.
///
/// ```java
/// /// Adds grain, pass by pass.
/// @Extension
/// @NodeType(id = "vignette/grain", title = "Grain", group = "Image/Light")
/// public final class Grain implements Node<Grain.In, Grain.Out> {
///
///     public record In(
///             Image image,
///             @Range(min = 0, max = 1) @Default("0.1") double strength,
///             @Range(min = 1, max = 100) @Default("3") int passes,
///             @Default("1") Seed seed) {}
///
///     public record Out(Image image) {}
///
///     @Override
///     public Out run(In in, NodeContext context) {
///         SplittableRandom random = new SplittableRandom(in.seed().value());
///         Image image = in.image();
///         for (Step step : context.steps(in.passes())) {
///             double strength = in.strength() / (step.index() + 1);
///             image = image.mapPixels((pixel, x, y) -> pixel.scaled(1 + strength * (random.nextDouble() - 0.5)));
///             Image now = image;
///             context.preview(() -> now);
///         }
///         return new Out(image);
///     }
/// }
/// ```
///
/// The context also gives a [logger][dev.diptych.api.node.NodeContext#log], an empty [folder][dev.diptych.api.node.NodeContext#scratch] that is gone when the node ends, and live
/// [models][dev.diptych.api.node.NodeContext#model]: a model travels along links as a reference, and a call of it is one forward pass, which the engine may share between jobs.
///
/// ## Types of your own
///
/// Values that belong together travel as one: a record of the types above, with a name, and a colour for its links. Only nodes that declare it take it.
///
/// ```java
/// /// Where a picture is brightest.
/// @ValueType(id = "vignette/focus", title = "Focus", color = "#d08030")
/// public record Focus(double x, double y, double luminance) {}
/// ```
///
/// ```java
/// /// Finds the brightest place.
/// @Extension
/// @NodeType(id = "vignette/find-focus", title = "Find focus", group = "Image/Light")
/// public final class FindFocus implements Node<FindFocus.In, FindFocus.Out> {
///
///     public record In(Image image) {}
///
///     public record Out(Focus focus) {}
///
///     @Override
///     public Out run(In in, NodeContext context) {
///         Focus best = new Focus(0, 0, -1);
///         for (int y = 0; y < in.image().height(); y++) {
///             context.checkCancelled();
///             for (int x = 0; x < in.image().width(); x++) {
///                 double luminance = in.image().pixel(x, y).luminance();
///                 best = luminance > best.luminance() ? new Focus(x, y, luminance) : best;
///             }
///         }
///         return new Out(best);
///     }
/// }
/// ```
///
/// A record cannot hold itself. Another plugin takes the type when it names yours in `plugin.dependencies` and compiles against it.
///
/// ## Versions and migrations
///
/// Documents live longer than plugins. When inputs, outputs or results of a node change, raise its version, and say in a static method how a document of the version before becomes one of the next.
/// Each older version has its method, empty if nothing of the document changes. Links follow what is renamed; in other nodes too.
///
/// ```java
/// /// Makes a picture warmer. Version 1 had a percentage, version 2 another name for its output, and both were called `vignette/heat`.
/// @Extension
/// @NodeType(id = "vignette/warm", formerly = "vignette/heat", version = 3, title = "Warm", group = "Image/Light")
/// public final class Warm implements Node<Warm.In, Warm.Out> {
///
///     public record In(Image image, @Range(min = 0, max = 1) @Default("0.2") double strength) {}
///
///     public record Out(Image image) {}
///
///     @Override
///     public Out run(In in, NodeContext context) {
///         double strength = in.strength();
///         return new Out(in.image().mapPixels((pixel, x, y) ->
///                 new Pixel(pixel.red() * (1 + strength), pixel.green(), pixel.blue() * (1 - strength), pixel.alpha())));
///     }
///
///     @MigratesFrom(1)
///     static void percentToFraction(NodeDocument node) {
///         node.number("percent").ifPresent(percent -> node.set("percent", percent / 100));
///         node.rename("percent", "strength");
///     }
///
///     @MigratesFrom(2)
///     static void resultToImage(NodeDocument node) {
///         node.renameOutput("result", "image");
///     }
/// }
/// ```
///
/// A node that no migration brings forward stays in its document as it was, and is reported. Ids, names of ports and codes of errors are promises; rename them by a migration, or not at all.
///
/// ## Tests
///
/// `diptych-testkit` runs a node, or a small workflow, in a unit test without a server: `NodeRunner` for one node, `WorkflowRunner` for a document over all nodes of the plugin.
/// Declarations are checked, defaults stand in and ranges hold as on the server. A runner can cancel a node before one of its turns.
///
/// ```java
/// final class VignetteTest {
///     @Test
///     void keeps_the_centre_and_darkens_the_corners() {
///         Image image = NodeRunner.of(Vignette.class).with("image", Images.white(65, 65)).with("strength", 1).run().image("image");
///
///         assertThat(image.pixel(32, 32)).isEqualTo(Pixel.WHITE);
///         assertThat(image.pixel(0, 0).luminance()).isLessThan(0.1);
///     }
///
///     @Test
///     void says_how_much_border_is_too_much() {
///         assertThatThrownBy(() -> NodeRunner.of(Trim.class).with("image", Images.white(4, 4)).with("border", 2).run())
///                 .isInstanceOf(NodeException.class)
///                 .hasMessage("A border of 2 pixels leaves nothing of 4 x 4 pixels.");
///     }
///
///     @Test
///     void ends_within_one_pass_when_it_is_cancelled() {
///         NodeRunner runner = NodeRunner.of(Grain.class).with("image", Images.white(8, 8)).cancelledAfter(1);
///
///         assertThatThrownBy(runner::run).isInstanceOf(CancellationException.class);
///     }
///
///     @Test
///     void documents_of_version_1_still_run() {
///         Image image =
///                 WorkflowRunner.of(Vignette.class, Warm.class)
///                         .document(
///                                 """
///                                 {"diptych": 1, "name": "old", "inputs": {"image": {"type": "image"}},
///                                  "nodes": {"warm": {"type": "vignette/heat", "version": 1, "in": {"image": {"input": "image"}, "percent": {"value": 100}}},
///                                            "dark": {"type": "vignette/apply", "version": 1, "in": {"image": {"node": "warm", "out": "result"}}}},
///                                  "outputs": {"image": {"node": "dark", "out": "image"}}}
///                                 """)
///                         .with("image", Images.white(9, 9))
///                         .run()
///                         .image("image");
///
///         assertThat(image.pixel(4, 4)).isEqualTo(new Pixel(1, 1, 0));
///     }
/// }
/// ```
///
/// ## The archive
///
/// `mvn package` makes a zip with `plugin.properties`, `classes/` and, if the plugin has libraries of its own, `lib/`. `diptych plugin add` looks into it, loads it once, and pins it by its
/// SHA-256; what does not load is not installed. The plugin runs in a class loader of its own, in which its classes and libraries come first. This API, PF4J and SLF4J are always the server's,
/// and native libraries are refused: one process can load each only once. A plugin that needs another one names it: `plugin.dependencies=diffusion@>=1.0.0`.
///
/// Files that documents may refer to lie in `src/main/resources/assets`: `asset:vignette/cat.png` is the resource `assets/cat.png`.
@NullMarked
package dev.diptych.api;

import org.jspecify.annotations.NullMarked;
