"""What others wrote, turned into our own form: released CRDs into facts, manifests into blueprints."""
