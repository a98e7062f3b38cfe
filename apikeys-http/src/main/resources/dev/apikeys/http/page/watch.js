// The banner for a script that failed or did not arrive. Imports nothing, so that it always works.

{
	const show = () => {
		document.getElementById('broken').hidden = false;
		document.getElementById('loading')?.remove();
	};
	// Captured: a file that does not arrive tells its own element alone.
	window.addEventListener('error', show, true);
	window.addEventListener('unhandledrejection', (event) => {
		if (event.reason?.kind !== 'left') {
			show();
		}
	});
}
